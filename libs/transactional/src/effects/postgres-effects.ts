import {
  offsetOf,
  recordKeyOf,
  type EffectStore,
  type HandleEvents,
  type ReceivedEvent,
  type RedrivenResult,
  type RedrivenRun,
  type Run,
  type RunResult,
  type StoredPosition,
} from '@orderstream/events';
import type { Database } from '../database/database.ts';
import type { Transaction } from '../database/transaction.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { heldUp } from './held-up.ts';
import { claimEvents } from './inbox.ts';
import { addLetters, closeLetter, openBetween, renewLetter } from './open-letters.ts';
import { advancePosition, noteTopicId, readPositions } from './positions.ts';
import { admit } from './redriven.ts';
import { takeTurn } from './turn.ts';

/**
 * Applies runs in PostgreSQL: what the handler wrote, the consumed position, what the handler emits and what the group gave up are
 * one transaction.
 *
 * Safe against everything that makes Kafka deliver twice: a redelivered record stands below the position and is dropped; an
 * instance that lost the partition without noticing finds the position moved and changes nothing; when the answer to COMMIT is
 * lost, the next attempt finds out from the position whether it went through. A record that was handed back is not known by its place
 * in the log, where it may stand many times, but by its row in `dead_letters`: handled while that is there, and gone with it.
 */
export class PostgresEffects implements EffectStore {
  readonly #database: Database;
  readonly #outbox: Outbox;

  constructor(database: Database, outbox: Outbox) {
    this.#database = database;
    this.#outbox = outbox;
  }

  readPositions(group: string, topics: readonly string[]): Promise<StoredPosition[]> {
    return readPositions(this.#database, group, topics);
  }

  noteTopicId(group: string, topic: string, partitions: readonly number[], topicId: string): Promise<void> {
    return noteTopicId(this.#database, group, topic, partitions, topicId);
  }

  async apply(run: Run, handle: HandleEvents): Promise<RunResult> {
    const { events, dead = [], firstOffset, nextOffset } = run;
    if (events.length === 0 && dead.length === 0) {
      if (await advancePosition(this.#database, run, firstOffset, nextOffset)) return { kind: 'applied' };
    }
    return this.#undoing<RunResult>(async (tx) => {
      const turn = await takeTurn(tx, run);
      if (turn.kind !== 'ours') return turn;
      // What lies before the position was noted with it, and may have come to its end since.
      const news = dead.filter(({ offset }) => offset >= turn.from);
      const own = events.filter((event) => offsetOf(event) >= turn.from);
      const { newestOpen = -1 } = turn;
      const ready = newestOpen >= turn.from ? await withoutOpen(tx, run, turn.from, own) : own;
      addLetters(tx, run, news);
      if (run.ordered && (newestOpen >= 0 || news.length > 0 || run.sourceTopic !== undefined)) {
        const behind = await heldUp(tx, run, ready);
        if (behind.size > 0) throw new Undo({ kind: 'parked', behind });
      }
      await this.#handle(tx, run, ready, handle);
      return { kind: 'applied' };
    });
  }

  async applyRedriven(run: RedrivenRun, handle: HandleEvents): Promise<RedrivenResult> {
    return this.#undoing<RedrivenResult>(async (tx) => {
      const turn = await takeTurn(tx, run);
      if (turn.kind !== 'ours') return turn;
      const admission = await admit(tx, run);
      if (admission.kind === 'duplicate') return admission;
      if (admission.kind !== 'open') throw new Undo(admission);
      const { group, original, redriveCount, fate } = run;
      if (fate.kind === 'dead') renewLetter(tx, group, original, { reason: fate.reason, redriveCount });
      else closeLetter(tx, group, original);
      // Unreadable records have no event; their handler says so.
      if (fate.kind === 'handle' && run.events.length === 0) await handle([], tx);
      if (fate.kind === 'handle') await this.#handle(tx, run, run.events, handle);
      return { kind: 'applied' };
    });
  }

  async #handle(
    tx: Transaction,
    run: Pick<Run, 'dedupe' | 'group'>,
    events: ReceivedEvent[],
    handle: HandleEvents,
  ): Promise<void> {
    if (events.length === 0) return;
    const fresh = run.dedupe === 'event-id' ? await claimEvents(tx, run.group, events) : events;
    if (fresh.length > 0) this.#outbox.emit(tx, (await handle(fresh, tx)) ?? []);
  }

  /** A transaction that an outcome may undo. */
  async #undoing<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    try {
      return await this.#database.transaction(work);
    } catch (error) {
      if (error instanceof Undo) return error.result as Result;
      throw error;
    }
  }
}

/** Carries a result out of a transaction that is to leave nothing behind. */
class Undo extends Error {
  readonly result: RunResult | RedrivenResult;

  constructor(result: RunResult | RedrivenResult) {
    super(result.kind);
    this.result = result;
  }
}

/**
 * A partition that was set back meets its own dead letters again. They are open: they come back by their retry topic, or not at all.
 * Another key at the same offset is another record: the topic was recreated, and the row is a leftover.
 */
async function withoutOpen(
  tx: Transaction,
  run: Run,
  from: number,
  events: ReceivedEvent[],
): Promise<ReceivedEvent[]> {
  const open = await openBetween(tx, run, from, run.nextOffset);
  const isOpen = (event: ReceivedEvent): boolean => {
    const key = recordKeyOf(event);
    return key !== null && (open.get(offsetOf(event))?.equals(key) ?? false);
  };
  return open.size === 0 ? events : events.filter((event) => !isOpen(event));
}
