import type { OutgoingRecord } from '@orderstream/events';
import type { PendingRow, Progress } from './outbox-table.ts';

interface Remainder {
  /** The row's text when its records were sent: says that a row with this id is still the same one. */
  readonly text: string;
  /** Its records that are still to be published. */
  readonly open: readonly OutgoingRecord[];
}

/**
 * What Kafka has acknowledged and the table may still hold, because it could not be removed. Outlives the relay's sessions, so that a row
 * is not published by one after the other for as long as its removal fails. At most what one read takes is left here by a round, and
 * what a pass may pass over by all of them.
 *
 * Forgetting too much costs copies, remembering too much would lose events. So an id alone counts for nothing: a server that took over
 * with an older state gives ids again, and another relay may have published part of a row meanwhile. Only a row whose text is
 * unchanged, and with it the ids of its events, is the row that was sent.
 */
export class AcknowledgedRows {
  readonly #rows = new Map<string, Remainder>();

  /**
   * What is left to publish of rows just read, the oldest first. Forgets what this read shows to be gone.
   * @param passedOver the ids of rows that the read left out
   */
  progressOf(rows: readonly PendingRow[], passedOver: ReadonlySet<string>): Progress[] {
    if (this.#rows.size > 0) this.#forgetGone(rows, passedOver);
    return rows.map((row) => ({ row, open: this.#rows.get(row.id)?.open ?? row.records }));
  }

  /** Kafka has every record of the row but those. */
  note({ row, open }: Progress): void {
    if (open.length < row.records.length) this.#rows.set(row.id, { text: row.text, open });
  }

  /** The table does not hold what was published of these any more. */
  forget(ids: readonly string[]): void {
    for (const id of ids) this.#rows.delete(id);
  }

  /** A read begins with the oldest row: what it neither left out nor brought is not there. What lies behind it is not known. */
  #forgetGone(rows: readonly PendingRow[], passedOver: ReadonlySet<string>): void {
    const texts = new Map(rows.map(({ id, text }) => [id, text]));
    const end = BigInt(rows.at(-1)?.id ?? 0);
    for (const [id, { text }] of this.#rows) {
      const isBehind = rows.length > 0 && BigInt(id) > end;
      if (!isBehind && !passedOver.has(id) && texts.get(id) !== text) this.#rows.delete(id);
    }
  }
}
