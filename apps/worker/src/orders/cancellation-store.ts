import { Injectable } from '@nestjs/common';
import { TransientError } from '@orderstream/events';
import { textArray, timestamptzArray, uuidArray, type Transaction } from '@orderstream/transactional';

/** A request to cancel, ruled on. */
export interface Cancellation {
  /** The event that asked for it. */
  readonly event_id: string;
  readonly order_id: string;
  /** Code of the reason it was refused for; undefined when it cancelled the order. */
  readonly refusal: string | undefined;
  /** RFC 3339. */
  readonly requested_at: string;
}

const KNOWN = {
  name: 'known-cancellations',
  text: 'SELECT event_id FROM cancellations WHERE event_id = ANY($1::uuid[])',
};

const ADD = {
  name: 'add-cancellations',
  text: `
    INSERT INTO cancellations (event_id, order_id, refusal, requested_at)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[])
        ON CONFLICT (event_id) DO NOTHING`,
};

/** The requests to cancel in PostgreSQL, a batch at a time. A batch without any asks nothing. */
@Injectable()
export class CancellationStore {
  /** Which of these requests are ruled on already. To be asked once their orders are locked. */
  async known(tx: Transaction, eventIds: readonly string[]): Promise<Set<string>> {
    if (eventIds.length === 0) return new Set();
    const { rows } = await tx.query<{ event_id: string }>(KNOWN, [uuidArray(eventIds)]);
    return new Set(rows.map(({ event_id }) => event_id));
  }

  /** @throws TransientError when one of them was ruled on since `known`: redriven at this very moment, without an order to lock */
  async add(tx: Transaction, cancellations: readonly Cancellation[]): Promise<void> {
    if (cancellations.length === 0) return;
    const { rowCount } = await tx.query(ADD, [
      uuidArray(cancellations.map(({ event_id }) => event_id)),
      uuidArray(cancellations.map(({ order_id }) => order_id)),
      textArray(cancellations.map(({ refusal }) => refusal ?? null)),
      timestamptzArray(cancellations.map(({ requested_at }) => requested_at)),
    ]);
    if (rowCount !== cancellations.length) {
      throw new TransientError(
        'cancellation-appeared',
        'a request was ruled on between its load and its save',
      );
    }
  }
}
