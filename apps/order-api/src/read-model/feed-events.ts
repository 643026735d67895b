import { Inject, Injectable } from '@nestjs/common';
import { Database, bigintArray, uuidArray } from '@orderstream/transactional';
import type { OrderEvent } from './order.ts';

/** A step of an order as it is stored. */
export interface StoredEvent {
  readonly order_id: string;
  /** Order of the log within this order. */
  readonly seq: number;
  readonly event_id: string;
  readonly event_type: OrderEvent['event_type'];
  /** The envelope as JSON text. */
  readonly event: string;
}

const AFTER = {
  name: 'events-after',
  text: `SELECT e.order_id, e.seq, e.event_id, e.event_type, e.event::text AS event
           FROM unnest($1::uuid[], $2::bigint[]) AS followed (order_id, seen)
           JOIN order_events e ON e.order_id = followed.order_id AND e.seq > followed.seen
          ORDER BY e.seq`,
};

/** Reads the steps of many orders at once. */
@Injectable()
export class FeedEvents {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** Events after each order's `seq`, in the order of the log. */
  async after(positions: ReadonlyMap<string, number>): Promise<StoredEvent[]> {
    if (positions.size === 0) return [];
    const params = [uuidArray([...positions.keys()]), bigintArray([...positions.values()])];
    const { rows } = await this.database.query<Omit<StoredEvent, 'seq'> & { seq: string }>(AFTER, params);
    return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
  }
}
