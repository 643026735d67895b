import { Inject, Injectable } from '@nestjs/common';
import {
  catchUpText,
  consumerLagExceeded,
  consumerLagRecovered,
  emit,
  type Emission,
  type LagStatus,
} from '@orderstream/events';
import { Database, Outbox, type Transaction } from '@orderstream/transactional';
import { CALM, nextAlert, type AlertState } from './alert.rules.ts';
import { allowedSeconds, type AllowedLag } from './allowed-lag.rules.ts';

interface StateRow {
  readonly consumer_group: string;
  readonly topic: string;
  readonly alerting: boolean;
  readonly contrary_checks: number;
}

/** A status and what its alert rule makes of it. */
interface Judged {
  readonly status: LagStatus;
  readonly threshold: number;
  readonly before: AlertState;
  readonly alert: AlertState;
}

const STATES = {
  name: 'lag-states',
  text: 'SELECT consumer_group, topic, alerting, contrary_checks FROM lag_verdicts ORDER BY consumer_group, topic FOR UPDATE',
};

const SAVE = {
  name: 'lag-save',
  text: `
    WITH noted AS (
      INSERT INTO watches VALUES ('lag', now()) ON CONFLICT (what) DO UPDATE SET checked_at = now()
    ), told AS (
      SELECT * FROM jsonb_to_recordset($1::jsonb) AS told(
        consumer_group text, topic text, records bigint, seconds double precision, verdict text, members integer,
        threshold_seconds double precision, hint text, alerting boolean, contrary_checks integer)
    ), gone AS (
      DELETE FROM lag_verdicts AS old WHERE NOT EXISTS (
        SELECT FROM told WHERE told.consumer_group = old.consumer_group AND told.topic = old.topic)
    )
    INSERT INTO lag_verdicts SELECT * FROM told
    ON CONFLICT (consumer_group, topic) DO UPDATE SET
      records = excluded.records, seconds = excluded.seconds, verdict = excluded.verdict, members = excluded.members,
      threshold_seconds = excluded.threshold_seconds, hint = excluded.hint, alerting = excluded.alerting,
      contrary_checks = excluded.contrary_checks`,
};

/** What the watch saw last, kept where every instance can show it; and the alerts that follow from it. */
@Injectable()
export class LagStore {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Outbox) private readonly outbox: Outbox,
  ) {}

  /**
   * Keeps a check. An alert that comes or goes and its event commit together, so each change is told once: whoever checks at the same
   * time waits for the rows, and then finds the alert as this one left it.
   * @throws TransientError when the database is away
   */
  async save(statuses: readonly LagStatus[], allowed: AllowedLag): Promise<void> {
    await this.database.transaction(async (tx) => {
      const states = await readStates(tx);
      const judged = statuses.map((status) => judge(status, allowed, states));
      await tx.query(SAVE, [JSON.stringify(judged.map(rowOf))]);
      this.outbox.emit(tx, judged.flatMap(emissionsOf));
    });
  }
}

async function readStates(tx: Transaction): Promise<Map<string, AlertState>> {
  const { rows } = await tx.query<StateRow>(STATES);
  return new Map(
    rows.map(({ consumer_group, topic, alerting, contrary_checks }) => [
      `${consumer_group}/${topic}`,
      { alerting, contraryChecks: contrary_checks },
    ]),
  );
}

function judge(status: LagStatus, allowed: AllowedLag, states: ReadonlyMap<string, AlertState>): Judged {
  const { group, topic, seconds, verdict } = status;
  const threshold = allowedSeconds(allowed, group, topic);
  const before = states.get(`${group}/${topic}`) ?? CALM;
  return { status, threshold, before, alert: nextAlert(before, { seconds, verdict, threshold }) };
}

function rowOf({ status, threshold, alert }: Judged): object {
  return {
    consumer_group: status.group,
    topic: status.topic,
    records: status.records,
    seconds: status.seconds,
    verdict: status.verdict ?? null,
    members: status.members,
    threshold_seconds: threshold,
    hint: catchUpText(status.advice),
    alerting: alert.alerting,
    contrary_checks: alert.contraryChecks,
  };
}

function emissionsOf({ status, threshold, before, alert }: Judged): Emission[] {
  if (alert.alerting === before.alerting) return [];
  const { group, topic, records: lag, seconds: lag_seconds, verdict = 'OK' } = status;
  const payload = { group, topic, lag, lag_seconds, verdict, threshold };
  return [emit(alert.alerting ? consumerLagExceeded : consumerLagRecovered, payload)];
}
