import { Logger } from '@nestjs/common';
import type { LookupLedger, TakenLookup } from '../ledger/lookup-ledger.ts';
import { notificationsTotal } from '../metrics.ts';
import type { Settlement } from '../ledger/notification-ledger.ts';
import { referenceOf } from './reference.rules.ts';
import type { SmsGateway } from './sms-gateway.ts';
import type { Finding } from './sms-outcome.rules.ts';

const LOOK_EVERY_MS = 1_000;
/** One after the other, so that a gateway in trouble is not asked about all of them at once. */
const AT_ONCE = 20;
/** After the first question; doubled each time: 10 s, 20 s, … the last one after almost three hours. */
const AGAIN_AFTER_MS = 10_000;
const TIMES = 11;
const GATEWAY_AWAY_MS = 5_000;
/** What was asked about in vain comes after what was not asked about for its sake: an answer that never comes must not hold up the others. */
const NO_ANSWER_MS = 60_000;

/**
 * Asks the gateway about messages of unknown outcome, by our own reference, and settles those it knows. One that it does not know stays
 * `unknown`: that it has not come there yet does not show that it never will.
 */
export class Inquiry {
  readonly #gateway: SmsGateway;
  readonly #ledger: LookupLedger;
  readonly #log = new Logger('sms inquiry');
  #timer: NodeJS.Timeout | undefined;
  readonly #stopping = new AbortController();
  #looking: Promise<void> | undefined;
  #isDatabaseAway = false;

  constructor(gateway: SmsGateway, ledger: LookupLedger) {
    this.#gateway = gateway;
    this.#ledger = ledger;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#looking ??= this.look().finally(() => (this.#looking = undefined));
    }, LOOK_EVERY_MS);
  }

  /** Breaks off the open question; what was to be asked about comes up again. Resolves when no question is open. For good. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#looking;
  }

  /** Asks about what is due. Never rejects. */
  async look(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      const due = await this.#ledger.take({
        channel: 'sms',
        limit: AT_ONCE,
        againAfterMs: AGAIN_AFTER_MS,
        times: TIMES,
      });
      const findings: [TakenLookup, Finding][] = [];
      for (const lookup of due) {
        if (signal.aborted) break;
        const { recipient, message_id, sent_since } = lookup;
        const question = { to: recipient, reference: referenceOf(message_id), sentSince: sent_since };
        const finding = await this.#gateway.find(question, signal);
        findings.push([lookup, finding]);
        if (finding.kind === 'no-answer') break;
      }
      await this.#write(due, new Map(findings));
      this.#isDatabaseAway = false;
    } catch (error) {
      // What was taken comes up again by itself. An outage is said once.
      const message = 'the ledger cannot be reached: nobody is asked about messages of unknown outcome';
      if (!this.#isDatabaseAway) this.#log.warn({ message, err: error });
      this.#isDatabaseAway = true;
    }
  }

  async #write(due: readonly TakenLookup[], findings: ReadonlyMap<TakenLookup, Finding>): Promise<void> {
    const idsOf = (kind: Finding['kind'] | undefined): string[] =>
      due
        .filter((lookup) => findings.get(lookup)?.kind === kind)
        .map(({ notification_id }) => notification_id);
    const settlements = due.flatMap((lookup) => settlementOf(lookup, findings.get(lookup)) ?? []);
    await this.#ledger.settle(settlements);
    for (const { state, notification_id } of settlements) {
      notificationsTotal.inc({ channel: 'sms', state });
      this.#log.log({ message: 'the gateway knows what became of a message', notification_id, state });
    }
    // What is inconclusive was asked, too: this time counts, and after the last one it stays as it is.
    await this.#ledger.noteAbsent(idsOf('absent'));
    await this.#ledger.giveBack(idsOf('no-answer'), NO_ANSWER_MS);
    await this.#ledger.giveBack(idsOf(undefined), GATEWAY_AWAY_MS);
  }
}

function settlementOf({ notification_id, attempts }: TakenLookup, finding?: Finding): Settlement | undefined {
  if (finding?.kind === 'sent')
    return {
      notification_id,
      attempts,
      state: 'sent',
      delayMs: 0,
      reason: undefined,
      gatewayId: finding.gatewayId,
    };
  if (finding?.kind !== 'not-delivered') return undefined;
  const reason = { code: 'not-delivered' as const };
  return { notification_id, attempts, state: 'failed', delayMs: 0, reason, gatewayId: finding.gatewayId };
}
