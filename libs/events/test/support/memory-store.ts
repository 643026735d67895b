import { offsetOf, recordKeyOf, TransientError } from '../../src/index.ts';
import type {
  EffectStore,
  HandleEvents,
  ReceivedEvent,
  RecordPosition,
  StoredPosition,
} from '../../src/index.ts';
import type { RedrivenResult, RedrivenRun, Run, RunResult } from '../../src/index.ts';
import { MemoryLetters } from './memory-letters.ts';

/**
 * An EffectStore in memory that keeps the interface's promises: position, effect and open dead letters change together or not at all,
 * and two runs of a partition never overlap. For tests whose subject is the engine; libs/transactional tests the real one.
 */
export class MemoryStore implements EffectStore {
  readonly positions = new Map<string, number>();
  readonly topicIds = new Map<string, string>();
  /** Events whose effect is kept, in the order of their commits. */
  readonly effects: ReceivedEvent[] = [];
  /** Every run that was tried, also those that failed. */
  readonly runs: Run[] = [];
  readonly letters = new MemoryLetters();
  /** Set to let every call fail with it. */
  outage: Error | undefined;
  readonly #offsets = new Map<string, number[]>();
  readonly #turns = new Map<string, Promise<unknown>>();

  static readonly away = new TransientError('store-away', 'the store is away');

  /** Offsets of one partition whose effect is kept, in the order of their commits. */
  offsets(group: string, topic: string, partition: number): readonly number[] {
    return this.#offsets.get(`${group}/${topic}/${partition}`) ?? [];
  }

  async readPositions(group: string, topics: readonly string[]): Promise<StoredPosition[]> {
    this.#failIfAway();
    return [...this.positions].flatMap(([name, nextOffset]) => {
      const [ofGroup, topic, partition] = name.split('/') as [string, string, string];
      if (ofGroup !== group || !topics.includes(topic)) return [];
      return [{ topic, partition: Number(partition), nextOffset, topicId: this.topicIds.get(name) }];
    });
  }

  async noteTopicId(
    group: string,
    topic: string,
    partitions: readonly number[],
    topicId: string,
  ): Promise<void> {
    this.#failIfAway();
    for (const partition of partitions) {
      const name = `${group}/${topic}/${partition}`;
      if (this.positions.has(name) && !this.topicIds.has(name)) this.topicIds.set(name, topicId);
    }
  }

  apply(run: Run, handle: HandleEvents): Promise<RunResult> {
    return this.#inTurn(run, () => this.#apply(run, handle));
  }

  applyRedriven(run: RedrivenRun, handle: HandleEvents): Promise<RedrivenResult> {
    return this.#inTurn(run, () => this.#applyRedriven(run, handle));
  }

  async #apply(run: Run, handle: HandleEvents): Promise<RunResult> {
    this.runs.push(run);
    this.#failIfAway();
    const elsewhere = this.#elsewhere(run);
    if (elsewhere !== undefined) return elsewhere;
    const { group, topic, partition, dead = [] } = run;
    const position = this.positions.get(nameOf(run)) ?? run.firstOffset;
    const news = dead.filter(({ offset }) => offset >= position);
    const open = this.letters.of(group, topic, partition);
    const isOpen = (event: ReceivedEvent): boolean => {
      const key = recordKeyOf(event);
      return key !== null && (open.get(offsetOf(event))?.key?.equals(key) ?? false);
    };
    const events = run.events.filter((event) => offsetOf(event) >= position && !isOpen(event));
    const behind = run.ordered ? this.#heldUp(run, events, news) : new Map<never, never>();
    if (behind.size > 0) return { kind: 'parked', behind };
    if (events.length > 0) await handle(events, undefined);
    this.#failIfAway();
    this.letters.note(group, topic, partition, news);
    this.#keep(run, events);
    return { kind: 'applied' };
  }

  async #applyRedriven(run: RedrivenRun, handle: HandleEvents): Promise<RedrivenResult> {
    this.#failIfAway();
    const elsewhere = this.#elsewhere(run);
    if (elsewhere !== undefined) return elsewhere;
    const { group, original, fate, redriveCount } = run;
    const rows = this.letters.of(group, original.topic, original.partition);
    const row = rows.get(original.offset);
    if (row === undefined) {
      const sourcePosition = this.positions.get(`${group}/${original.topic}/${original.partition}`);
      const isHere = original.topic === run.topic;
      if (!isHere && (sourcePosition ?? -1) <= original.offset) return { kind: 'early', sourcePosition };
    }
    if (row === undefined || redriveCount <= row.redriveCount) {
      this.#keep(run, []);
      return { kind: 'duplicate' };
    }
    const behind = fate.kind === 'handle' ? this.#heldUpAgain(run, row.key) : undefined;
    if (behind !== undefined) return { kind: 'parked', behind };
    if (fate.kind === 'handle') await handle(run.events, undefined);
    this.#failIfAway();
    if (fate.kind === 'dead') rows.set(row.offset, { ...row, reason: fate.reason, redriveCount });
    else rows.delete(row.offset);
    this.#keep(run, fate.kind === 'handle' ? run.events : []);
    return { kind: 'applied' };
  }

  #heldUp(
    { group, topic, partition, sourceTopic }: Run,
    events: readonly ReceivedEvent[],
    news: NonNullable<Run['dead']>,
  ): Map<ReceivedEvent, RecordPosition> {
    const behind = new Map<ReceivedEvent, RecordPosition>();
    for (const event of events) {
      const key = recordKeyOf(event);
      const ofKey = news.filter((row) => key !== null && row.key?.equals(key)).map(({ offset }) => offset);
      const here = Math.min(this.letters.oldest(group, topic, partition, key) ?? Infinity, ...ofKey);
      const there = sourceTopic && this.letters.oldest(group, sourceTopic, partition, key);
      if (typeof there === 'number')
        behind.set(event, { topic: sourceTopic as string, partition, offset: there });
      else if (here < offsetOf(event)) behind.set(event, { topic, partition, offset: here });
    }
    return behind;
  }

  #heldUpAgain(
    { group, original, ordered, sourceTopic }: RedrivenRun,
    key: Buffer | null,
  ): RecordPosition | undefined {
    if (!ordered) return undefined;
    const { topic, partition } = original;
    const there = topic === sourceTopic ? undefined : this.letters.oldest(group, sourceTopic, partition, key);
    if (there !== undefined) return { topic: sourceTopic, partition, offset: there };
    const here = this.letters.oldest(group, topic, partition, key) ?? Infinity;
    return here < original.offset ? { topic, partition, offset: here } : undefined;
  }

  #elsewhere(run: Run | RedrivenRun): Extract<RunResult, { position: number }> | undefined {
    const position = this.positions.get(nameOf(run)) ?? run.firstOffset;
    if (position < run.firstOffset) return { kind: 'behind', position };
    if (position >= run.nextOffset) return { kind: 'moved-on', position };
    return undefined;
  }

  #keep(run: Run | RedrivenRun, events: readonly ReceivedEvent[]): void {
    const name = nameOf(run);
    if (!this.positions.has(name) && run.topicId !== undefined) this.topicIds.set(name, run.topicId);
    this.positions.set(name, run.nextOffset);
    this.effects.push(...events);
    this.#offsets.set(name, [...(this.#offsets.get(name) ?? []), ...events.map(offsetOf)]);
  }

  #inTurn<T>(run: Run | RedrivenRun, work: () => Promise<T>): Promise<T> {
    const name = nameOf(run);
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(work);
    this.#turns.set(
      name,
      turn.catch(() => undefined),
    );
    return turn;
  }

  #failIfAway(): void {
    if (this.outage) throw this.outage;
  }
}

function nameOf({ group, topic, partition }: Run | RedrivenRun): string {
  return `${group}/${topic}/${partition}`;
}
