import { EventProducer, orders, type Envelope } from '@orderstream/events';
import { eventually, kafkaBrokers, readTopic, type SpawnedService } from '@orderstream/testing';
import { AMOUNT, OrderFlow } from './support/order-flow.ts';
import { prepareWorker, type RunningWorker } from './support/running-worker.ts';
import { Standstill } from './support/standstill.ts';
import { WorkerGroup } from './support/worker-group.ts';

const PATIENCE = { deadlineMs: 60_000 };
/**
 * A member hears of a rebalance with its next heartbeat, and the group waits for the last one; the rest is a busy machine's. One that
 * left without a word would cost what is left of its session, 8 to 10 s, and such a rebalance.
 */
const PLANNED_STANDSTILL_MS = 7_500;
/** The group waits out the session of a member that was killed, and then as for any other. */
const KILLED_STANDSTILL_MS = 20_000;

let running: RunningWorker;
let group: WorkerGroup;
const producer = new EventProducer({ clientId: 'test', brokers: kafkaBrokers() }, { sendTimeoutMs: 30_000 });
let flow: OrderFlow;

beforeAll(async () => {
  running = await prepareWorker();
  group = new WorkerGroup(running.database);
}, 60_000);
afterAll(async () => {
  await flow.stop();
  await group.stopAll();
  await producer.close();
  await running.database.drop();
}, 60_000);

/** The group has so many members, each with its part of the topic, and what was sent until then is ruled on. */
async function sharedBy(members: number): Promise<void> {
  await eventually(async () => {
    const shares = (await group.shares(orders.name)) ?? [];
    expect(shares).toHaveLength(members);
    expect(Math.min(...shares)).toBe(Math.floor(orders.partitions / members));
  }, PATIENCE);
  await allRuledOn();
}

/** The last ones are enough: they are on all partitions. */
async function allRuledOn(): Promise<void> {
  const last = flow.ids.slice(-200);
  await eventually(async () => {
    const rows = await running.database.query(
      'SELECT 1 FROM worker.orders WHERE order_id = ANY ($1::uuid[])',
      [last],
    );
    expect(rows).toHaveLength(last.length);
  }, PATIENCE);
}

it('instances come and go while orders flow, one of them killed: nothing lost, doubled or out of order, and no partition stands still for long', async () => {
  await group.start();
  flow = new OrderFlow(producer);
  await eventually(() => flow.ids.length > 0, PATIENCE);
  await allRuledOn();
  const standstill = new Standstill(running.database);

  const second = await group.start();
  await sharedBy(2);
  let third: SpawnedService | undefined;
  const joinMs = await standstill.during(async () => {
    third = await group.start();
    await sharedBy(3);
  });
  const killMs = await standstill.during(async () => {
    await second.kill();
    await sharedBy(2);
  });
  const leaveMs = await standstill.during(async () => {
    await third?.stop();
    await sharedBy(1);
  });
  await standstill.stop();
  await flow.stop();
  await allRuledOn();
  await eventually(async () => {
    expect(await running.database.query('SELECT id FROM worker.outbox')).toEqual([]);
  }, PATIENCE);

  const ids = new Set(flow.ids);
  const rows = await running.database.query<{ order_id: string; amount_total: string }>(
    `SELECT order_id, amount_total FROM worker.orders WHERE status = 'confirmed'`,
  );
  const mine = rows.filter(({ order_id }) => ids.has(order_id));
  expect(mine).toHaveLength(ids.size);
  expect(mine.filter(({ amount_total }) => amount_total !== String(AMOUNT))).toEqual([]);
  expect(await disorderIn(ids)).toEqual([]);
  const dead = (await readTopic('orders.worker.dlq', PATIENCE)).filter(({ key }) => ids.has(key ?? ''));
  expect(new Set(dead.map(({ key }) => key))).toEqual(new Set(flow.contradicted));
  expect(joinMs).toBeLessThan(PLANNED_STANDSTILL_MS);
  expect(leaveMs).toBeLessThan(PLANNED_STANDSTILL_MS);
  expect(killMs).toBeLessThan(KILLED_STANDSTILL_MS);
}, 240_000);

/** Checks the topic: each order has one ruling, and on each partition the rulings follow one another as the orders do. */
async function disorderIn(ids: ReadonlySet<string>): Promise<string[]> {
  const wrong: string[] = [];
  const orderedAt = new Map<string, number>();
  const rulings = new Map<string, string>();
  const lastCause = new Map<number, number>();
  for (const { partition, offset, key, value } of await readTopic(orders, PATIENCE)) {
    if (key === null || value === null || !ids.has(key)) continue;
    const { source, event_id } = JSON.parse(value) as Envelope;
    if (source !== 'worker') {
      if (!orderedAt.has(key)) orderedAt.set(key, offset);
      continue;
    }
    const known = rulings.get(key);
    rulings.set(key, event_id);
    // A relay that was killed between Kafka's answer and its delete publishes the same event again, never another one.
    if (known === event_id) continue;
    if (known !== undefined) wrong.push(`${key} is ruled on twice: ${known}, ${event_id}`);
    const cause = orderedAt.get(key) ?? Infinity;
    if (cause < (lastCause.get(partition) ?? -1)) wrong.push(`${key} is ruled on after a later order`);
    lastCause.set(partition, cause);
  }
  for (const id of ids) if (!rulings.has(id)) wrong.push(`${id} is not ruled on`);
  return wrong;
}
