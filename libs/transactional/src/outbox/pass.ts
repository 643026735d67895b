import type { Progress } from './outbox-table.ts';

/** Passed over at most: each further read is told of them all, and each pass reads them again. */
const MAX_ROWS = 5_000;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * One way through the table, past the rows of which nothing can be sent or removed at present, so that what lies behind them is not held
 * up. They are told by their ids, not by how far the way has come: a transaction may commit a lower id later, and behind it, for the same
 * key, a higher one.
 */
export class Pass {
  readonly #pauseMs: number;
  readonly #ids = new Set<string>();
  #bytes = 0;
  #published = 0;
  #isDueAtMs = Infinity;

  /** @param pauseMs how long after the first row that was passed over all of them are to be looked at again */
  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  get passedOver(): ReadonlySet<string> {
    return this.#ids;
  }

  /** How many rows it passed over that Kafka has and that are still there. */
  get published(): number {
    return this.#published;
  }

  get isFull(): boolean {
    return this.#ids.size >= MAX_ROWS || this.#bytes >= MAX_BYTES;
  }

  /** In how many ms the next one is to begin; none is needed, and this Infinity, while nothing was passed over. */
  get remainingMs(): number {
    return this.#isDueAtMs - performance.now();
  }

  over(rows: readonly Progress[]): void {
    if (rows.length === 0) return;
    for (const { row, open } of rows) {
      this.#ids.add(row.id);
      this.#bytes += row.text.length;
      if (open.length === 0) this.#published += 1;
    }
    this.#isDueAtMs = Math.min(this.#isDueAtMs, performance.now() + this.#pauseMs);
  }

  /** What was passed over may be able to go. */
  end(): void {
    this.#isDueAtMs = 0;
  }
}
