import {
  emit,
  offsetOf,
  orderConfirmed,
  type HandleEvents,
  type Run,
  type RunResult,
} from '@orderstream/events';
import type { Database, PostgresEffects, Transaction } from '../src/index.ts';
import { confirmation, newPartition, orderCreatedAt, runOf, SCHEMA, type Shop } from './fixture.ts';

/** What `applyAll` says of a run that was applied. */
export const APPLIED = { status: 'fulfilled', value: { kind: 'applied' } satisfies RunResult };

/** The partitions of a topic that no other test uses, in the hands of the group `worker`. */
export class Partitions {
  readonly shop: Shop;
  readonly topic = newPartition().topic;
  effects: PostgresEffects;
  /** What each call of `note` got, as `partition:offset`. */
  calls: string[][] = [];
  /** By event id, `partition:offset`. */
  readonly nameOf = new Map<string, string>();
  readonly #database: Database;

  private constructor(shop: Shop, database: Database) {
    this.shop = shop;
    this.#database = database;
    this.effects = shop.effects(database);
  }

  static async of(shop: Shop, database: Database): Promise<Partitions> {
    await shop.rows(`TRUNCATE ${SCHEMA}.effects, ${SCHEMA}.outbox, ${SCHEMA}.dead_letters`);
    return new Partitions(shop, database);
  }

  /** Another instance, which knows nothing yet. */
  restart(): void {
    this.effects = this.shop.effects(this.#database);
  }

  run(partition: number, offsets: readonly number[], more: Partial<Run> = {}): Run {
    const events = offsets.map((offset) => orderCreatedAt(offset));
    for (const event of events) this.nameOf.set(event.event_id, `${partition}:${offsetOf(event)}`);
    return { ...runOf({ group: 'worker', topic: this.topic, partition }, offsets), events, ...more };
  }

  /** A handler that writes down each event and confirms it. */
  readonly note: HandleEvents = async (events, tx) => {
    const names = events.map(({ event_id }) => this.nameOf.get(event_id) as string);
    this.calls.push(names);
    for (const name of names)
      await (tx as Transaction).query('INSERT INTO effects (note) VALUES ($1)', [name]);
    return events.map((event) => emit(orderConfirmed, confirmation(), event));
  };

  applyAll(runs: readonly Run[], handle = this.note): Promise<PromiseSettledResult<RunResult>[]> {
    return Promise.allSettled(runs.map((one) => this.effects.apply(one, handle)));
  }

  /** Every partition has a position, 2, and has been seen to be well. */
  async begin(...partitions: number[]): Promise<void> {
    for (const offset of [0, 1])
      await this.applyAll(partitions.map((partition) => this.run(partition, [offset])));
    this.calls = [];
    await this.shop.rows(`TRUNCATE ${SCHEMA}.effects, ${SCHEMA}.outbox`);
  }

  async stored(): Promise<{ notes: string[]; outbox: number; positions: number[] }> {
    const notes = await this.shop.rows<{ note: string }>(`SELECT note FROM ${SCHEMA}.effects ORDER BY note`);
    const [outbox] = await this.shop.rows<{ n: string }>(
      `SELECT coalesce(sum(record_count), 0) AS n FROM ${SCHEMA}.outbox`,
    );
    const positions = await this.effects.readPositions('worker', [this.topic]);
    const byPartition = positions.sort((one, other) => one.partition - other.partition);
    return {
      notes: notes.map((row) => row.note),
      outbox: Number(outbox?.n),
      positions: byPartition.map(({ nextOffset }) => nextOffset),
    };
  }

  /** How many transactions wrote the effects. */
  async transactions(): Promise<number> {
    const [row] = await this.shop.rows<{ n: string }>(
      `SELECT count(DISTINCT xmin::text) AS n FROM ${SCHEMA}.effects`,
    );
    return Number(row?.n);
  }
}
