import { readTopic } from '@orderstream/testing';
import type { SmallSystem } from '../operations/small-system.ts';

/** How often each order was confirmed on the topic, and what is still open; an order that is confirmed once stands in worker.orders. */
export async function outcomeOf(system: SmallSystem) {
  const records = await readTopic('orders');
  const confirmed = new Map<string, number>();
  for (const { key, headers } of records) {
    if (headers['event-type'] !== 'order.confirmed' || key === null) continue;
    confirmed.set(key, (confirmed.get(key) ?? 0) + 1);
  }
  const rows = await system.rows<{ order_id: string }>('worker', 'SELECT order_id FROM worker.orders');
  const open = await system.rows('worker', 'SELECT * FROM worker.dead_letters');
  const pending = await system.rows('worker', 'SELECT 1 FROM worker.outbox');
  return {
    confirmed,
    stored: rows.map(({ order_id }) => order_id),
    open: open.length,
    pending: pending.length,
  };
}

/** Each of the orders stored and confirmed once, and nothing left to do. */
export function eachOnce(orderIds: readonly string[]) {
  return {
    confirmed: new Map(orderIds.map((id) => [id, 1])),
    stored: expect.arrayContaining([...orderIds]) as string[],
    open: 0,
    pending: 0,
  };
}
