import { eventually, readTopic } from '@orderstream/testing';
import type { SmallSystem } from '../operations/small-system.ts';

/** How often each order was confirmed on the topic, and what is still open; an order that is confirmed once stands in worker.orders. */
export async function outcomeOf(system: SmallSystem) {
  const records = await readTopic('orders');
  const confirmed = new Map<string, number>();
  for (const { key, headers } of records) {
    if (headers['event-type'] !== 'order.confirmed' || key === null) continue;
    confirmed.set(key, (confirmed.get(key) ?? 0) + 1);
  }
  return { confirmed, ...(await rowsOf(system)) };
}

/** Each of the orders stored and confirmed once, and nothing left to do. */
export function eachOnce(orderIds: readonly string[]) {
  return { confirmed: new Map(orderIds.map((id) => [id, 1])), ...allStored(orderIds) };
}

/** Resolves once each of the orders, which are all there are, is stored and confirmed once, and nothing is left to do. */
export async function untilEachOnce(system: SmallSystem, orderIds: readonly string[]): Promise<void> {
  // The topic is read when the rows say that all of it is there: reading it is dear.
  await untilStored(system, orderIds);
  await eventually(async () => expect(await outcomeOf(system)).toEqual(eachOnce(orderIds)), PATIENTLY);
}

/** Resolves once the orders have rows, nothing is open, and everything that the worker emitted has been published. */
export async function untilStored(system: SmallSystem, orderIds: readonly string[]): Promise<void> {
  await eventually(async () => expect(await rowsOf(system)).toEqual(allStored(orderIds)), PATIENTLY);
}

/** Resolves once the worker has confirmed the orders, whatever else is open, and has published that. */
export async function untilRuled(system: SmallSystem, orderIds: readonly string[]): Promise<void> {
  const { stored, pending } = allStored(orderIds);
  await eventually(async () => expect(await rowsOf(system)).toMatchObject({ stored, pending }), PATIENTLY);
}

const PATIENTLY = { deadlineMs: 30_000, intervalMs: 250 };

function allStored(orderIds: readonly string[]) {
  return { stored: expect.arrayContaining([...orderIds]) as string[], open: 0, pending: 0 };
}

async function rowsOf(system: SmallSystem): Promise<{ stored: string[]; open: number; pending: number }> {
  const [row] = await system.rows<{ stored: string[]; open: number; pending: number }>(
    'worker',
    `SELECT (SELECT coalesce(json_agg(order_id), '[]') FROM worker.orders) AS stored,
            (SELECT count(*)::int FROM worker.dead_letters) AS open,
            (SELECT count(*)::int FROM worker.outbox) AS pending`,
  );
  return row as NonNullable<typeof row>;
}
