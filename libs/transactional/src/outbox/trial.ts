import { RecordRefusedError, type EventProducer, type OutgoingRecord } from '@orderstream/events';
import type { Progress } from './outbox-table.ts';
import type { StuckPartitions } from './stuck-partitions.ts';

export interface TrialOutcome {
  /** The rows of which Kafka has more than before. */
  readonly rows: readonly Progress[];
  /** The partitions that take records again. */
  readonly released: readonly string[];
  /** How many records Kafka has now. */
  readonly count: number;
}

/** The oldest records of each stuck partition, no more than one row holds: sent beside everything else, they tell whether it goes on. */
export class Trial {
  readonly #stuck: StuckPartitions;
  readonly #rows: { readonly progress: Progress; readonly records: readonly OutgoingRecord[] }[] = [];
  readonly #partitions = new Set<string>();

  constructor(stuck: StuckPartitions) {
    this.#stuck = stuck;
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  /** Of the rows it takes records from. */
  get ids(): ReadonlySet<string> {
    return new Set(this.#rows.map(({ progress }) => progress.row.id));
  }

  /** To be called with the oldest row first, and only with rows of which nothing can be sent otherwise. */
  gather(progress: Progress): void {
    const isNext = (record: OutgoingRecord): boolean =>
      this.#stuck.has(record) && !this.#partitions.has(this.#stuck.nameOf(record));
    const records = progress.open.filter(isNext);
    if (records.length === 0) return;
    this.#rows.push({ progress, records });
    for (const record of records) this.#partitions.add(this.#stuck.nameOf(record));
  }

  async run(producer: EventProducer): Promise<TrialOutcome> {
    const records = this.#rows.flatMap((row) => row.records);
    const results = await producer.sendAll(records);
    const sent = new Set(records.filter((_, index) => results[index]?.status === 'fulfilled'));
    const released = new Set(this.#partitions);
    for (const [index, result] of results.entries()) {
      const isStuck = result.status === 'rejected' && !(result.reason instanceof RecordRefusedError);
      if (isStuck) released.delete(this.#stuck.nameOf(records[index] as OutgoingRecord));
    }
    const rows = this.#rows
      .map(({ progress: { row, open } }) => ({ row, open: open.filter((record) => !sent.has(record)) }))
      .filter(({ open }, index) => open.length < (this.#rows[index]?.progress.open.length ?? 0));
    return { rows, released: [...released], count: sent.size };
  }
}
