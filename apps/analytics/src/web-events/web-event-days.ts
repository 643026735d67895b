import type { Database, Queryable, Transaction } from '@orderstream/transactional';

const DAY_MS = 24 * 60 * 60 * 1000;
/** An event may be a week old when it is collected and wait another one on its topic; two days ahead nobody has to hurry. */
const DAYS_BACK = 15;
const DAYS_AHEAD = 2;
/** Adding and dropping a partition waits for those who read the table, and everybody else behind it: rather try again later. */
const LOCK_TIMEOUT = `SET LOCAL lock_timeout = '1s'`;
const STEP_ROWS = 5_000;
/** Who writes events shares it, who changes the days has it alone: a row on its way to a place that is no longer its own would be refused. */
const LOCK_KEY = `hashtextextended('orderstream_web_event_days', 0)`;
/** To be asked before events are written, in the same transaction. */
export const SHARE_DAYS = {
  name: 'share-web-event-days',
  text: `SELECT pg_advisory_xact_lock_shared(${LOCK_KEY})`,
};

const DAYS = `
  SELECT relname AS name FROM pg_inherits JOIN pg_class ON oid = inhrelid
  WHERE inhparent = 'warehouse.web_events'::regclass AND relname ~ '^web_events_[0-9]{4}_[0-9]{2}_[0-9]{2}$'
  ORDER BY relname`;

/** The partitions of `warehouse.web_events`, and what is old in it. Any number of instances may call it at once. */
export class WebEventDays {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Gives every day around `nowMs` its partition, taking over what was put aside for want of it.
   * @returns the days added, `2026-06-13`
   */
  async add(nowMs: number): Promise<string[]> {
    const existing = new Set(await this.#names(this.#database));
    const days = Array.from({ length: DAYS_BACK + DAYS_AHEAD + 1 }, (_, index) =>
      dayOf(nowMs + (index - DAYS_BACK) * DAY_MS),
    ).filter((day) => !existing.has(partitionOf(day)));
    // One transaction each: what waits for the lock waits for one day only.
    for (const day of days) await this.#alone(async (tx) => addDay(tx, day));
    return days;
  }

  /** Drops the days that ended before `beforeMs`. @returns them */
  async drop(beforeMs: number): Promise<string[]> {
    const last = dayOf(beforeMs - DAY_MS);
    const old = (await this.#names(this.#database)).map(dayNamed).filter((day) => day <= last);
    for (const day of old) {
      await this.#alone(
        async (tx) => void (await tx.query(`DROP TABLE IF EXISTS warehouse.${partitionOf(day)}`)),
      );
    }
    return old;
  }

  /** Deletes a step of what was collected before `beforeMs` for no day, and of the visits that ended before. @returns whether that was all */
  async purge(beforeMs: number): Promise<boolean> {
    const before = new Date(beforeMs).toISOString();
    const counts = await Promise.all([
      this.#database.query(
        `DELETE FROM warehouse.web_events_other_days WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM warehouse.web_events_other_days
           WHERE coalesce(uuid_extract_timestamp(event_id), '-infinity') < $1 LIMIT ${STEP_ROWS}))`,
        [before],
      ),
      this.#database.query(
        `DELETE FROM warehouse.sessions WHERE ended_at < $1 AND ctid = ANY (ARRAY(
           SELECT ctid FROM warehouse.sessions WHERE ended_at < $1 LIMIT ${STEP_ROWS}))`,
        [before],
      ),
    ]);
    return counts.every(({ rowCount }) => rowCount < STEP_ROWS);
  }

  async #names(database: Queryable): Promise<string[]> {
    return (await database.query<{ name: string }>(DAYS)).rows.map(({ name }) => name);
  }

  /** One instance at a time, and nobody who writes. */
  #alone(work: (tx: Transaction) => Promise<void>): Promise<void> {
    return this.#database.transaction(async (tx) => {
      await tx.query(LOCK_TIMEOUT);
      await tx.query(`SELECT pg_advisory_xact_lock(${LOCK_KEY})`);
      await work(tx);
    });
  }
}

/** What was put aside for the day goes with it. */
async function addDay(tx: Transaction, day: string): Promise<void> {
  const name = `warehouse.${partitionOf(day)}`;
  const { rows } = await tx.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [
    name,
  ]);
  if (rows[0]?.exists === true) return;
  const [from, to] = [`${day}T00:00:00Z`, `${dayOf(Date.parse(day) + DAY_MS)}T00:00:00Z`];
  await tx.query('LOCK TABLE warehouse.web_events_other_days IN ACCESS EXCLUSIVE MODE');
  await tx.query(`CREATE TABLE ${name} (LIKE warehouse.web_events INCLUDING ALL)`);
  await tx.query(
    `WITH moved AS (DELETE FROM warehouse.web_events_other_days WHERE occurred_at >= $1 AND occurred_at < $2 RETURNING *)
     INSERT INTO ${name} SELECT * FROM moved`,
    [from, to],
  );
  await tx.query(
    `ALTER TABLE warehouse.web_events ATTACH PARTITION ${name} FOR VALUES FROM ('${from}') TO ('${to}')`,
  );
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

function partitionOf(day: string): string {
  return `web_events_${day.replaceAll('-', '_')}`;
}

function dayNamed(partition: string): string {
  return partition.slice('web_events_'.length).replaceAll('_', '-');
}
