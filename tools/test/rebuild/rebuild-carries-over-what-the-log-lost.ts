import { readTopic } from '@orderstream/testing';
import { asAdmin, produce } from '../log/records.ts';
import { orderRecord, type SmallSystem } from '../operations/small-system.ts';
import { AS_THEY_WERE, both, changesIn, everyRow, rebuild, untilSettled } from './rebuilt-system.ts';

/** On settled orders, each of which the log and both targets' tables tell; then the log tells half of them. */
export function carriesOverWhatTheLogLost(running: () => SmallSystem): void {
  describe('a rebuild from a log whose beginning retention has deleted', () => {
    let system: SmallSystem;
    beforeAll(() => {
      system = running();
    });

    it('whole orders and first steps that only the tables know stay; what the log still tells is mended', async () => {
      const before = {
        analytics: await everyRow(system, 'analytics'),
        orderApi: await everyRow(system, 'order-api'),
      };
      const { all, lost, partial } = await shortenTheLog();
      expect(lost.size).toBeGreaterThan(0);
      expect(partial.size).toBeGreaterThan(0);
      const [one] = partial;
      await system.rows('analytics', 'UPDATE warehouse.orders SET confirmed_at = NULL WHERE order_id = $1', [
        one,
      ]);
      await system.rows('order_api', "UPDATE order_api.orders SET status = 'accepted' WHERE order_id = $1", [
        one,
      ]);

      const [warehouse, readModel] = await both((target) => rebuild(system, target));
      expect(changesIn(warehouse)).toEqual({
        'warehouse.orders': [0, 1, 0],
        'warehouse.order_items': [0, 0, 0],
        'warehouse.revenue_per_minute': [0, 0, 0],
        ...AS_THEY_WERE,
      });
      expect(changesIn(readModel)).toEqual({
        'order_api.orders': [0, 1, 0],
        'order_api.order_events': [0, 0, 0],
      });
      expect(warehouse.carried_over).toBe(lost.size + partial.size);
      expect(readModel.carried_over).toBe(lost.size + partial.size);
      expect(Date.parse(warehouse.log_covers_from)).toBeLessThanOrEqual(Date.now());
      expect(await everyRow(system, 'analytics')).toEqual(before.analytics);
      expect(await everyRow(system, 'order-api')).toEqual(before.orderApi);

      // The group goes on: a new order after the exchange counts once.
      await produce([orderRecord('grace')]);
      await untilSettled(system);
      const [sums] = await system.rows<{ created: number }>(
        'analytics',
        'SELECT sum(orders_created)::int AS created FROM warehouse.revenue_per_minute',
      );
      expect(sums?.created).toBe(all.size + 1);
    }, 360_000);
  });
}

/** Deletes from each partition up to the middle of its confirmations. @returns all orders, those left without a record, and those without their first one */
async function shortenTheLog(): Promise<Record<'all' | 'lost' | 'partial', Set<string>>> {
  const records = await readTopic('orders');
  const cuts = new Map<number, number>();
  for (const [partition, own] of Map.groupBy(records, (record) => record.partition)) {
    const confirmed = own.filter(({ headers }) => headers['event-type'] === 'order.confirmed');
    const middle = confirmed[Math.floor(confirmed.length / 2)];
    cuts.set(partition, Number(middle?.offset));
  }
  await asAdmin(async (admin) => {
    // kafkajs deletes only from topics this client has asked about.
    await admin.fetchTopicOffsets('orders');
    await admin.deleteTopicRecords({
      topic: 'orders',
      partitions: [...cuts].map(([partition, offset]) => ({ partition, offset: String(offset) })),
    });
  });
  const kept = records.filter(({ partition, offset }) => Number(offset) >= (cuts.get(partition) as number));
  const withCreation = new Set(
    kept.filter(({ headers }) => headers['event-type'] === 'order.created').map(({ key }) => key as string),
  );
  const mentioned = new Set(kept.map(({ key }) => key as string));
  const all = new Set(records.map(({ key }) => key as string));
  return {
    all,
    lost: new Set([...all].filter((key) => !mentioned.has(key))),
    partial: new Set([...mentioned].filter((key) => !withCreation.has(key))),
  };
}
