import {
  encodeRecord,
  EventProducer,
  newEvent,
  orderCreated,
  orders,
  uuidv7,
  type Envelope,
  type OutgoingRecord,
} from '@orderstream/events';
import { eventually, kafkaBrokers, readTopic, type SpawnedService } from '@orderstream/testing';
import { prepareWorker, type RunningWorker } from './support/running-worker.ts';

const ORDERS = 2_000;
/** Each costs a session timeout: the successor gets the partitions of the killed member only then. */
const KILLS = 2;
const READ = { deadlineMs: 60_000 };

function record(orderId: string, amountTotal = 900): OutgoingRecord {
  const items = [{ sku: 'tea', quantity: 1, unit_amount: amountTotal }];
  const payload = {
    order_id: orderId,
    customer_id: 'c-1',
    currency: 'EUR',
    amount_total: amountTotal,
    items,
  };
  return encodeRecord(orderCreated, newEvent(orderCreated, payload, { source: 'test' }));
}

describe('the worker on real Kafka and PostgreSQL', () => {
  let running: RunningWorker;
  let worker: SpawnedService | undefined;
  const producer = new EventProducer(
    { clientId: 'test', brokers: kafkaBrokers() },
    { sendTimeoutMs: 30_000 },
  );

  const send = async (records: OutgoingRecord[]): Promise<void> => {
    const outcomes = await producer.sendAll(records);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
  };
  const rowsOf = (ids: string[]) =>
    running.database.query<{ order_id: string; status: string; amount_total: string }>(
      'SELECT order_id, status, amount_total FROM worker.orders WHERE order_id = ANY($1::uuid[])',
      [ids],
    );
  /** A relay that misses Kafka's answer publishes again: the same event id, never another event. */
  const rulingsOn = async (ids: string[]): Promise<Envelope<string, { order_id: string }>[]> => {
    const wanted = new Set(ids);
    const events = (await readTopic(orders, READ)).flatMap(({ key, value }) =>
      value !== null && wanted.has(key ?? '')
        ? [JSON.parse(value) as Envelope<string, { order_id: string }>]
        : [],
    );
    const rulings = events.filter(({ source }) => source === 'worker');
    return [...new Map(rulings.map((ruling) => [ruling.event_id, ruling])).values()];
  };

  beforeAll(async () => {
    running = await prepareWorker();
  }, 60_000);
  afterEach(async () => {
    await worker?.stop();
    worker = undefined;
  }, 60_000);
  afterAll(async () => {
    await producer.close();
    await running.database.drop();
  }, 60_000);

  it('an order arrives: its row, and a ruling caused by it', async () => {
    worker = await running.start();
    const created = record(uuidv7());
    const rejected = record(uuidv7(), 100_000_001);
    await send([created, rejected]);
    const ids = [created.key as string, rejected.key as string];
    const rows = await eventually(async () => {
      const found = await rowsOf(ids);
      expect(found).toHaveLength(2);
      return found;
    });
    expect(rows).toContainEqual({ order_id: ids[0], status: 'confirmed', amount_total: '900' });
    expect(rows).toContainEqual({ order_id: ids[1], status: 'rejected', amount_total: '100000001' });
    const rulings = await eventually(async () => {
      const found = await rulingsOn(ids);
      expect(found).toHaveLength(2);
      return found;
    });
    for (const ruling of rulings) {
      const cause = ruling.payload.order_id === ids[0] ? created : rejected;
      const causeId = (JSON.parse(cause.value as string) as Envelope).event_id;
      expect(ruling).toMatchObject({
        event_type: cause === created ? 'order.confirmed' : 'order.rejected',
        causation_id: causeId,
        correlation_id: causeId,
      });
    }
  }, 120_000);

  it('the same record twice, another order under its id: one row, one ruling, one dead letter', async () => {
    worker = await running.start();
    const id = uuidv7();
    const first = record(id);
    await send([first, first, record(id, 5)]);
    const deadLetter = await eventually(async () => {
      const found = (await readTopic('orders.worker.dlq', READ)).filter(({ key }) => key === id);
      expect(found).toHaveLength(1);
      return found[0];
    });
    expect(deadLetter?.headers).toMatchObject({ 'dlq-reason': 'conflict', 'dlq-consumer-group': 'worker' });
    // The others are stored once the brokers have the dead letter.
    await eventually(async () => {
      const rows = await rowsOf([id]);
      expect(rows).toEqual([{ order_id: id, status: 'confirmed', amount_total: '900' }]);
    });
    await eventually(async () => expect(await rulingsOn([id])).toHaveLength(1));
  }, 120_000);

  it('killed again and again while orders flow: every order has one row and one ruling', async () => {
    const ids = Array.from({ length: ORDERS }, () => uuidv7());
    worker = await running.start();
    const stored = async (): Promise<number> => (await rowsOf(ids)).length;
    for (let from = 0; from < ORDERS; from += ORDERS / KILLS) {
      const sending = send(ids.slice(from, from + ORDERS / KILLS).map((id) => record(id)));
      await eventually(async () => expect(await stored()).toBeGreaterThan(from));
      await worker.kill();
      await sending;
      worker = await running.start();
    }
    await eventually(async () => expect(await stored()).toBe(ORDERS), { deadlineMs: 60_000 });
    await eventually(
      async () => {
        const [pending] = await running.database.query<{ n: string }>(
          'SELECT count(*) AS n FROM worker.outbox',
        );
        expect(pending?.n).toBe('0');
      },
      { deadlineMs: 60_000 },
    );
    const rulings = await rulingsOn(ids);
    expect(new Set(rulings.map(({ payload }) => payload.order_id)).size).toBe(ORDERS);
    expect(rulings).toHaveLength(ORDERS);
  }, 240_000);
});
