import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { uuidv7TimeMs } from '@orderstream/events';
import { Database } from '@orderstream/transactional';
import { orUnavailable } from './unavailable.ts';

/** Longer than Kafka is waited for: what is accepted at its first attempt is never late. */
const LATE_MS = 6_000;
/** The caller waits for the note, but no longer than this. */
export const NOTE_DEADLINE_MS = 1_000;

// It keeps the table small by itself, a few rows at a time: after an outage many orders are late at once.
const NOTE = {
  name: 'note-late-order',
  text: `WITH old AS (
           DELETE FROM late_orders WHERE order_id = ANY (ARRAY(
             SELECT order_id FROM late_orders
              WHERE accepted_at < now() - interval '1 minute' AND order_id <> $1
              ORDER BY accepted_at LIMIT 100 FOR UPDATE SKIP LOCKED)))
         INSERT INTO late_orders (order_id) VALUES ($1)
         ON CONFLICT (order_id) DO UPDATE SET accepted_at = now()`,
};

const HAS = {
  name: 'has-late-order',
  text: `SELECT 1 FROM late_orders WHERE order_id = $1 AND accepted_at > now() - interval '10 s'`,
};

/**
 * Orders that a repeat has got accepted long after their id was made: the id does not tell that they are fresh. In the database, so that
 * every instance knows of them.
 */
@Injectable()
export class LateOrders {
  readonly #logger = new Logger('LateOrders');

  constructor(@Inject(Database) private readonly database: Database) {}

  /** Remembers an order that was accepted just now, if it is late. Never throws: accepted is accepted. */
  async note(orderId: string): Promise<void> {
    if (Date.now() - uuidv7TimeMs(orderId) < LATE_MS) return;
    const noted = this.database.query(NOTE, [orderId]).catch((error: unknown) => {
      this.#logger.warn({ message: 'an order that was accepted late may be denied at first', err: error });
    });
    await Promise.race([noted, sleep(NOTE_DEADLINE_MS, undefined, { ref: false })]);
  }

  /** True for an order that was noted within the last 10 s. @throws Problem 503 when the database is away */
  async has(orderId: string): Promise<boolean> {
    return (await orUnavailable(this.database.query(HAS, [orderId]))).rowCount > 0;
  }
}
