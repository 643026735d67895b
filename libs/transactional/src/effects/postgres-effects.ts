import {
  offsetOf,
  recordKeyOf,
  TransientError,
  wasHandledBefore,
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
import { Lanes } from './lanes.ts';
import { sharedTransactionsTotal } from './metrics.ts';
import { addLetters, closeLetter, openBetween, renewLetter } from './open-letters.ts';
import { advancePosition, advancePositions, noteTopicId, readPositions } from './positions.ts';
import { admit } from './redriven.ts';
import { RunGatherer, type Bunch } from './run-gatherer.ts';
import { TroubledPartitions } from './troubled-partitions.ts';
import { takeTurn } from './turn.ts';

const APPLIED: RunResult = { kind: 'applied' };

/**
 * Applies runs in PostgreSQL: what the handler wrote, the consumed position, what the handler emits and what the group gave up are
 * one transaction.
 *
 * Safe against everything that makes Kafka deliver twice: a redelivered record stands below the position and is dropped; an
 * instance that lost the partition without noticing finds the position moved and changes nothing; when the answer to COMMIT is
 * lost, the next attempt finds out from the position whether it went through. A record that was handed back is not known by its place
 * in the log, where it may stand many times, but by its row in `dead_letters`: handled while that is there, and gone with it.
 *
 * Runs of several partitions that come together share a transaction as long as all is well with each of them (ADR 17).
 */
export class PostgresEffects implements EffectStore {
  readonly #database: Database;
  readonly #outbox: Outbox;
  readonly #transactionsPerGroup: number;
  readonly #queues = new Map<string, { readonly lanes: Lanes; readonly gatherer: RunGatherer }>();
  readonly #troubled = new TroubledPartitions();

  /** @param transactionsPerGroup how many a group has under way at a time; each takes a connection. Default 3 */
  constructor(database: Database, outbox: Outbox, transactionsPerGroup = 3) {
    this.#database = database;
    this.#outbox = outbox;
    this.#transactionsPerGroup = transactionsPerGroup;
  }

  readPositions(group: string, topics: readonly string[]): Promise<StoredPosition[]> {
    return readPositions(this.#database, group, topics);
  }

  noteTopicId(group: string, topic: string, partitions: readonly number[], topicId: string): Promise<void> {
    return noteTopicId(this.#database, group, topic, partitions, topicId);
  }

  apply(run: Run, handle: HandleEvents): Promise<RunResult> {
    const { lanes, gatherer } = this.#queueOf(run.group);
    return isPlain(run) && !this.#troubled.has(run)
      ? gatherer.apply(run, handle)
      : lanes.run(() => this.#applyAlone(run, handle));
  }

  /** All in one transaction. What cannot be is applied by itself: what is wrong with one must not be the others' trouble. */
  async #applyBunch({ runs, handle }: Bunch, lanes: Lanes): Promise<readonly Promise<RunResult>[]> {
    if (runs.length === 1) {
      const result = this.#applyAlone(runs[0], handle);
      await result.catch(() => undefined);
      return [result];
    }
    try {
      const areApplied = await this.#applyTogether(runs, handle);
      return runs.map((run, index) =>
        areApplied[index] ? Promise.resolve(APPLIED) : lanes.run(() => this.#applyAlone(run, handle)),
      );
    } catch (error) {
      // Each comes again, at its own time.
      for (const run of runs) this.#troubled.note(run);
      throw error;
    }
  }

  /** For each run, whether it is applied; nothing was changed of the others. @throws TransientError when the database is out of reach */
  async #applyTogether(runs: Bunch['runs'], handle: HandleEvents): Promise<boolean[]> {
    const count = (outcome: string): void => sharedTransactionsTotal.inc({ group: runs[0].group, outcome });
    try {
      const events = runs.flatMap((run) => run.events);
      if (events.length === 0) {
        const moved = await advancePositions(this.#database, runs);
        return moved.map((state) => state !== undefined);
      }
      await this.#database.transaction(async (tx) => {
        const moved = await advancePositions(tx, runs);
        const allFollowOn = runs.every(
          (run, index) => moved[index] === 'clear' || (moved[index] === 'open' && run.events.length === 0),
        );
        if (!allFollowOn) throw new NotPlain();
        await this.#handle(tx, runs[0], events, handle);
      });
      count('applied');
      return runs.map(() => true);
    } catch (error) {
      count(error instanceof NotPlain ? 'apart' : 'failed');
      if (error instanceof TransientError && error.code === 'database-unreachable') throw error;
      return runs.map(() => false);
    }
  }

  async #applyAlone(run: Run, handle: HandleEvents): Promise<RunResult> {
    const { dead = [], shouldStop } = run;
    // It may have waited for its lane. A dead letter that the brokers hold already is noted all the same.
    if (dead.length === 0 && shouldStop?.())
      throw new TransientError('stopping', 'the partition is given up');
    let isWell = false;
    try {
      return await this.#applyRun(run, handle, () => (isWell = true));
    } finally {
      if (isWell) this.#troubled.seenWell(run);
      else this.#troubled.note(run);
    }
  }

  /** @param onWell called once it is applied, where nothing of its partition is open */
  async #applyRun(run: Run, handle: HandleEvents, onWell: () => void): Promise<RunResult> {
    const { events, dead = [], firstOffset, nextOffset } = run;
    if (events.length === 0 && dead.length === 0) {
      const advance = await advancePosition(this.#database, run, firstOffset, nextOffset);
      if (advance && advance.newestOpen === undefined) onWell();
      if (advance) return APPLIED;
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
      if (newestOpen < 0 && news.length === 0) tx.afterCommit(onWell);
      return APPLIED;
    });
  }

  applyRedriven(run: RedrivenRun, handle: HandleEvents): Promise<RedrivenResult> {
    return this.#queueOf(run.group).lanes.run(() => this.#applyRedriven(run, handle));
  }

  #applyRedriven(run: RedrivenRun, handle: HandleEvents): Promise<RedrivenResult> {
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

  #queueOf(group: string): { readonly lanes: Lanes; readonly gatherer: RunGatherer } {
    const known = this.#queues.get(group);
    if (known !== undefined) return known;
    const lanes = new Lanes(this.#transactionsPerGroup);
    const gatherer = new RunGatherer(lanes, (bunch) => this.#applyBunch(bunch, lanes));
    const queue = { lanes, gatherer };
    this.#queues.set(group, queue);
    return queue;
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

/** Nothing about it concerns its own partition only: dead letters, records that were handed back, or that a lost database had handled. */
function isPlain({ dead = [], sourceTopic, events }: Run): boolean {
  return dead.length === 0 && sourceTopic === undefined && !events.some(wasHandledBefore);
}

/** One of several runs does not simply follow on where its partition stands, or has something open before it. */
class NotPlain extends Error {}

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
