import {
  offsetOf,
  type EffectStore,
  type HandleEvents,
  type ReceivedEvent,
  type Run,
  type RunResult,
} from '@orderstream/events';
import type { Database } from '../database/database.ts';
import type { Transaction } from '../database/transaction.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { claimEvents } from './inbox.ts';
import { advancePosition, createPosition, lockPosition, readPosition } from './positions.ts';

/**
 * Applies runs in PostgreSQL: what the handler wrote, the consumed position and what the handler emits are one transaction.
 *
 * Safe against everything that makes Kafka deliver twice: a redelivered record stands below the position and is dropped; an
 * instance that lost the partition without noticing finds the position moved and changes nothing; when the answer to COMMIT is
 * lost, the next attempt finds out from the position whether it went through.
 */
export class PostgresEffects implements EffectStore {
  readonly #database: Database;
  readonly #outbox: Outbox;

  constructor(database: Database, outbox: Outbox) {
    this.#database = database;
    this.#outbox = outbox;
  }

  readPosition(group: string, topic: string, partition: number): Promise<number | undefined> {
    return readPosition(this.#database, { group, topic, partition });
  }

  async apply(run: Run, handle: HandleEvents): Promise<RunResult> {
    if (run.events.length === 0) {
      const isAdvanced = await advancePosition(this.#database, run, run.firstOffset, run.nextOffset);
      if (isAdvanced) return { kind: 'applied' };
    }
    return this.#database.transaction(async (tx) => {
      const turn = await takeTurn(tx, run);
      if (turn.kind !== 'ours') return turn;
      const events = await unhandled(tx, run, turn.from);
      if (events.length > 0) this.#outbox.emit(tx, (await handle(events, tx)) ?? []);
      return { kind: 'applied' };
    });
  }
}

type Turn = { readonly kind: 'ours'; readonly from: number } | Exclude<RunResult, { kind: 'applied' }>;

/** Moves the position to the run's end, which keeps everybody else out until the commit; or says why this run is not ours to apply. */
async function takeTurn(tx: Transaction, run: Run): Promise<Turn> {
  const { firstOffset, nextOffset } = run;
  if (await advancePosition(tx, run, firstOffset, nextOffset)) return { kind: 'ours', from: firstOffset };
  let position = await lockPosition(tx, run);
  while (position === undefined) {
    if (await createPosition(tx, run, nextOffset)) return { kind: 'ours', from: firstOffset };
    position = await lockPosition(tx, run);
  }
  if (position < firstOffset) return { kind: 'behind', position };
  if (position >= nextOffset) return { kind: 'moved-on', position };
  await advancePosition(tx, run, position, nextOffset);
  return { kind: 'ours', from: position };
}

async function unhandled(tx: Transaction, run: Run, from: number): Promise<ReceivedEvent[]> {
  const events =
    from === run.firstOffset ? run.events : run.events.filter((event) => offsetOf(event) >= from);
  return run.dedupe === 'event-id' && events.length > 0 ? claimEvents(tx, run.group, events) : events;
}
