import type { DeadRecordRow, RecordPosition } from '../../src/index.ts';

export interface OpenRow extends DeadRecordRow {
  readonly redriveCount: number;
}

/** The open dead letters of a MemoryStore, as the table `dead_letters` keeps them. */
export class MemoryLetters {
  readonly #rows = new Map<string, Map<number, OpenRow>>();

  of(group: string, topic: string, partition: number): Map<number, OpenRow> {
    const key = `${group}/${topic}/${partition}`;
    const rows = this.#rows.get(key) ?? new Map<number, OpenRow>();
    this.#rows.set(key, rows);
    return rows;
  }

  row(group: string, { topic, partition, offset }: RecordPosition): OpenRow | undefined {
    return this.of(group, topic, partition).get(offset);
  }

  /** The lowest open offset of a key. */
  oldest(group: string, topic: string, partition: number, key: Buffer | null): number | undefined {
    if (key === null) return undefined;
    const ofKey = [...this.of(group, topic, partition).values()].filter((row) => row.key?.equals(key));
    return ofKey.length === 0 ? undefined : Math.min(...ofKey.map(({ offset }) => offset));
  }

  note(group: string, topic: string, partition: number, dead: readonly DeadRecordRow[]): void {
    const rows = this.of(group, topic, partition);
    for (const row of dead) if (!rows.has(row.offset)) rows.set(row.offset, { ...row, redriveCount: 0 });
  }

  /** `offset: reason` of everything that is open. */
  get seen(): string[] {
    return [...this.#rows.values()].flatMap((rows) =>
      [...rows.values()]
        .sort((a, b) => a.offset - b.offset)
        .map(({ offset, reason }) => `${offset}: ${reason}`),
    );
  }
}
