import type { PendingRow } from './outbox-table.ts';

/** Which transactions are over: all below `xmin`, and none of those that are yet to come, from `xmax` on. */
export interface TransactionSnapshot {
  readonly xmin: bigint;
  readonly xmax: bigint;
}

/** How often the mark is tried to be moved. */
const MOVE_MS = 1_000;
/** How often a read does not begin behind the mark all the same: for ids that somebody set back, and for a transaction without an xid. */
const FULL_READ_MS = 10_000;

/**
 * The id up to which nothing is left in the table and nothing can come any more. A read that begins behind it does not pass the index
 * entries of all rows that were removed since the oldest snapshot somebody has (a pg_dump, a transaction that was forgotten).
 *
 * A lower id may be committed later than a higher one, and would be overtaken. So the mark moves to an id that was seen only once every
 * transaction is over that ran then: who emits in order has locked something before it takes an id, and so has an xid by then.
 */
export class LowWatermark {
  #id = '0';
  #highest = '0';
  /** Where the mark would go to, and the first transaction that began after it was seen. */
  #next: { readonly id: string; readonly xmax: bigint; isOver: boolean } | undefined;
  #movedAtMs = -Infinity;
  #fullReadAtMs: number;

  constructor(nowMs: number) {
    this.#fullReadAtMs = nowMs;
  }

  /** Where the next read is to begin. */
  after(nowMs: number): string {
    if (nowMs - this.#fullReadAtMs < FULL_READ_MS) return this.#id;
    this.#fullReadAtMs = nowMs;
    return '0';
  }

  /** Whether a snapshot is to be taken, before the next read. */
  asks(nowMs: number): boolean {
    if (nowMs - this.#movedAtMs < MOVE_MS || BigInt(this.#highest) <= BigInt(this.#id)) return false;
    this.#movedAtMs = nowMs;
    return true;
  }

  /**
   * @param rows what a read brought that left out `passedOver` rows, the oldest first
   * @param snapshot taken before that read and after those before it
   */
  note(rows: readonly PendingRow[], passedOver: number, snapshot: TransactionSnapshot | undefined): void {
    const isLeft = (id: string): boolean => rows[0] !== undefined && BigInt(rows[0].id) <= BigInt(id);
    if (isLeft(this.#id)) {
      // Ids were set back, or one was taken without an xid.
      this.#id = this.#highest = '0';
      this.#next = undefined;
    }
    if (snapshot !== undefined) {
      this.#next ??= { id: this.#highest, xmax: snapshot.xmax, isOver: false };
      this.#next.isOver ||= snapshot.xmin >= this.#next.xmax;
    }
    if (this.#next?.isOver && passedOver === 0 && !isLeft(this.#next.id)) {
      this.#id = this.#next.id;
      this.#next = undefined;
    }
    const last = rows.at(-1)?.id ?? '0';
    if (BigInt(last) > BigInt(this.#highest)) this.#highest = last;
  }
}
