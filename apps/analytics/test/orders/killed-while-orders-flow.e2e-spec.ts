import { jest } from '@jest/globals';
import { eventually, readTopic } from '@orderstream/testing';
import { TestOrder } from '../support/order-events.ts';
import { RunningAnalytics } from '../support/running-analytics.ts';

jest.setTimeout(240_000);

const ORDERS = 3_000;
const KILLS = 2;

describe('analytics on real Kafka and PostgreSQL', () => {
  let analytics: RunningAnalytics;
  beforeAll(async () => (analytics = await RunningAnalytics.prepare()));
  beforeEach(() => analytics.start());
  afterEach(() => analytics.stop());
  afterAll(() => analytics.close());

  const rows = (orders: readonly TestOrder[], condition = 'true') =>
    analytics.warehouse.rows<Record<string, unknown>>(
      `SELECT * FROM warehouse.orders WHERE order_id = ANY ($1::uuid[]) AND ${condition}`,
      [orders.map(({ id }) => id)],
    );

  it('killed again and again: every order has its row with both steps, and the rollup equals what they add up to', async () => {
    const orders = Array.from({ length: ORDERS }, () => new TestOrder());
    const events = orders.flatMap((order) => [order.created(), order.confirmed()]);
    const part = events.length / (KILLS + 1);
    for (let kill = 0; kill <= KILLS; kill += 1) {
      const seenBefore = (await rows(orders)).length;
      const publishing = analytics.publish(...events.slice(kill * part, (kill + 1) * part));
      await eventually(async () => expect((await rows(orders)).length).toBeGreaterThan(seenBefore), {
        deadlineMs: 60_000,
      });
      if (kill < KILLS) {
        await analytics.kill();
        await publishing;
        await analytics.start();
      }
    }
    await eventually(
      async () =>
        expect(await rows(orders, `status = 'confirmed' AND created_at IS NOT NULL`)).toHaveLength(ORDERS),
      { deadlineMs: 60_000 },
    );
    expect(
      await analytics.warehouse.rows(
        'SELECT count(*) AS lines FROM warehouse.order_items WHERE order_id = ANY ($1::uuid[])',
        [orders.map(({ id }) => id)],
      ),
    ).toEqual([{ lines: String(2 * ORDERS) }]);
    await eventually(async () => {
      const { kept, counted } = await analytics.warehouse.rollups();
      expect(kept).toEqual(counted);
    });
  });

  it('another order under a known id: a dead letter with reason conflict, and the first one stays', async () => {
    const first = new TestOrder();
    const other = new TestOrder({ order_id: first.id, customer_id: 'mallory' });
    const neighbour = new TestOrder();
    await analytics.publish(first.created(), first.created(), other.created(), neighbour.created());
    const letter = await eventually(
      async () => {
        const letters = (await readTopic('orders.analytics.dlq')).filter(({ key }) => key === first.id);
        expect(letters).toHaveLength(1);
        return letters[0];
      },
      { deadlineMs: 30_000 },
    );
    expect(letter?.headers).toMatchObject({ 'dlq-reason': 'conflict', 'dlq-consumer-group': 'analytics' });
    await eventually(async () => expect(await rows([neighbour])).toHaveLength(1));
    await eventually(async () =>
      expect(await rows([first])).toEqual([expect.objectContaining({ customer_id: 'ada' })]),
    );
  });
});
