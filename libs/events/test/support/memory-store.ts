import { offsetOf, TransientError } from '../../src/index.ts';
import type { EffectStore, HandleEvents, ReceivedEvent, Run, RunResult } from '../../src/index.ts';

/**
 * An EffectStore in memory that keeps the interface's promises: position and effect change together or not at all, and two runs of a
 * partition never overlap. For tests whose subject is the engine; libs/transactional tests the real one.
 */
export class MemoryStore implements EffectStore {
  readonly positions = new Map<string, number>();
  /** Events whose effect is kept, in the order of their commits. */
  readonly effects: ReceivedEvent[] = [];
  /** Every run that was tried, also those that failed. */
  readonly runs: Run[] = [];
  /** Set to let every call fail with it. */
  outage: Error | undefined;
  readonly #offsets = new Map<string, number[]>();
  readonly #turns = new Map<string, Promise<unknown>>();

  static readonly away = new TransientError('store-away', 'the store is away');

  /** Offsets of one partition whose effect is kept, in the order of their commits. */
  offsets(group: string, topic: string, partition: number): readonly number[] {
    return this.#offsets.get(`${group}/${topic}/${partition}`) ?? [];
  }

  async readPosition(group: string, topic: string, partition: number): Promise<number | undefined> {
    this.#failIfAway();
    return this.positions.get(`${group}/${topic}/${partition}`);
  }

  apply(run: Run, handle: HandleEvents): Promise<RunResult> {
    const key = `${run.group}/${run.topic}/${run.partition}`;
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(() => this.#apply(key, run, handle));
    this.#turns.set(
      key,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async #apply(key: string, run: Run, handle: HandleEvents): Promise<RunResult> {
    this.runs.push(run);
    this.#failIfAway();
    const position = this.positions.get(key) ?? run.firstOffset;
    if (position < run.firstOffset) return { kind: 'behind', position };
    if (position >= run.nextOffset) return { kind: 'moved-on', position };
    const events = run.events.filter((event) => offsetOf(event) >= position);
    if (events.length > 0) await handle(events, undefined);
    this.#failIfAway();
    this.positions.set(key, run.nextOffset);
    this.effects.push(...events);
    this.#offsets.set(key, [...(this.#offsets.get(key) ?? []), ...events.map(offsetOf)]);
    return { kind: 'applied' };
  }

  #failIfAway(): void {
    if (this.outage) throw this.outage;
  }
}
