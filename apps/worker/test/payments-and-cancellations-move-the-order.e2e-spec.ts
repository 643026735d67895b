import {
  encodeRecord,
  EventProducer,
  orderCancellationRequested,
  orderCreated,
  orders,
  paymentFailed,
  paymentProcessed,
  uuidv7,
  type Envelope,
  type OutgoingRecord,
} from '@orderstream/events';
import { eventually, kafkaBrokers, readTopic, type SpawnedService } from '@orderstream/testing';
import { cancellation, created, failed, paid } from './support/events.ts';
import { prepareWorker, type RunningWorker } from './support/running-worker.ts';

const READ = { deadlineMs: 60_000 };
const ORDERS = 300;

describe('payments and cancellations, on real Kafka and PostgreSQL', () => {
  let running: RunningWorker;
  let worker: SpawnedService;
  const producer = new EventProducer(
    { clientId: 'test', brokers: kafkaBrokers() },
    { sendTimeoutMs: 30_000 },
  );

  beforeAll(async () => {
    running = await prepareWorker();
    worker = await running.start();
  }, 120_000);
  afterAll(async () => {
    await worker.stop();
    await producer.close();
    await running.database.drop();
  }, 60_000);

  const order = (id: string, more: object = {}) =>
    encodeRecord(orderCreated, created({ order_id: id, ...more }));
  const payment = (id: string, more: object = {}) =>
    encodeRecord(paymentProcessed, paid({ order_id: id, ...more }));
  const cancel = (id: string) =>
    encodeRecord(orderCancellationRequested, cancellation(id, 'changed my mind'));
  const send = async (records: OutgoingRecord[]): Promise<void> => {
    const outcomes = await producer.sendAll(records);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
  };
  const eventIdOf = ({ headers }: OutgoingRecord) => headers['event-id'];
  const statusOf = async (id: string): Promise<string | undefined> => {
    const text = 'SELECT status FROM worker.orders WHERE order_id = $1';
    return (await running.database.query<{ status: string }>(text, [id]))[0]?.status;
  };
  const statusBecomes = (id: string, status: string) =>
    eventually(async () => expect(await statusOf(id)).toBe(status), { deadlineMs: 30_000 });
  const paymentsOf = (ids: string[]) =>
    running.database.query<{ payment_id: string; outcome: string; flag: string | null; waits: boolean }>(
      `SELECT payment_id, outcome, flag, waiting IS NOT NULL AS waits FROM worker.payments
        WHERE order_id = ANY($1::uuid[]) ORDER BY seq`,
      [ids],
    );
  /** A relay that misses Kafka's answer publishes again: the same event id, never another event. */
  const saidAbout = async (ids: string[]): Promise<Envelope<string, Record<string, unknown>>[]> => {
    const wanted = new Set<string | null>(ids);
    const said = (await readTopic(orders, READ))
      .filter(({ key }) => wanted.has(key))
      .map(({ value }) => JSON.parse(value as string) as Envelope<string, Record<string, unknown>>)
      .filter(({ source }) => source === 'worker');
    return [...new Map(said.map((event) => [event.event_id, event])).values()];
  };

  it('paid, paid again, cancelled, cancelled again, paid late, much of it repeated: each step once, each caused by its event', async () => {
    const id = uuidv7();
    const steps = [order(id), payment(id, { payment_id: `a-${id}` }), payment(id), cancel(id), cancel(id)];
    await send(steps.slice(0, 1));
    await statusBecomes(id, 'confirmed');
    const declined = encodeRecord(paymentFailed, failed({ order_id: id, payment_id: `f-${id}` }));
    await send([declined, ...steps.slice(1, 3), steps[1] as OutgoingRecord]);
    await statusBecomes(id, 'paid');
    await send([...steps.slice(3), ...steps.slice(3)]);
    await statusBecomes(id, 'cancelled');
    await send([payment(id)]);
    await eventually(async () => {
      const rows = await paymentsOf([id]);
      expect(rows.map(({ outcome, flag }) => [outcome, flag])).toEqual([
        ['failed', null],
        ['succeeded', null],
        ['succeeded', 'already_paid'],
        ['succeeded', 'order_not_payable'],
      ]);
    });
    await eventually(async () => {
      const said = await saidAbout([id]);
      expect(said.map(({ event_type, causation_id }) => [event_type, causation_id])).toEqual([
        ['order.confirmed', eventIdOf(steps[0] as OutgoingRecord)],
        ['order.paid', eventIdOf(steps[1] as OutgoingRecord)],
        ['order.cancelled', eventIdOf(steps[3] as OutgoingRecord)],
        ['order.cancellation_refused', eventIdOf(steps[4] as OutgoingRecord)],
      ]);
      expect(said[1]?.payload).toMatchObject({ payment_id: `a-${id}`, amount_total: 900 });
      expect(said[2]?.payload).toMatchObject({ reason: 'changed my mind' });
      expect(said[3]?.payload).toMatchObject({ order_id: id, reason: { code: 'already_cancelled' } });
    });
  }, 90_000);

  it('one payment_id that fails twice and succeeds then: pays', async () => {
    const id = uuidv7();
    const payment_id = `p-${id}`;
    const attempt = (failure_code: string) =>
      encodeRecord(paymentFailed, failed({ order_id: id, payment_id, failure_code }));
    await send([
      order(id),
      attempt('card_declined'),
      attempt('insufficient_funds'),
      payment(id, { payment_id }),
    ]);
    await statusBecomes(id, 'paid');
    expect(await paymentsOf([id])).toMatchObject([
      { payment_id, outcome: 'failed', flag: null },
      { payment_id, outcome: 'succeeded', flag: null },
    ]);
  }, 90_000);

  it('one payment_id for two payments: the first one stays, the other is a dead letter', async () => {
    const id = uuidv7();
    const payment_id = `p-${id}`;
    await send([order(id), payment(id, { payment_id }), payment(id, { payment_id, amount: 1 })]);
    await statusBecomes(id, 'paid');
    const dead = await eventually(async () => {
      const found = (await readTopic('payments.worker.dlq', READ)).filter(({ key }) => key === id);
      expect(found).toHaveLength(1);
      return found[0];
    });
    expect(dead?.headers).toMatchObject({ 'dlq-reason': 'conflict' });
    expect(await paymentsOf([id])).toMatchObject([{ payment_id, flag: null }]);
  }, 90_000);

  it(`${ORDERS} orders and their payments at the same time, some too much, some cancelled: all as they must be`, async () => {
    const ids = Array.from({ length: ORDERS }, () => uuidv7());
    const tooMuch = ids.filter((_, index) => index % 10 === 0);
    const rejected = ids.filter((_, index) => index % 10 === 1);
    const above = {
      amount_total: 100_000_001,
      items: [{ sku: 'tea', quantity: 1, unit_amount: 100_000_001 }],
    };
    const paying = ids.map((id) => payment(id, tooMuch.includes(id) ? { amount: 901 } : {}));
    // Half of the payments are ahead of their orders; every fifth is reported twice.
    await send(paying.slice(0, ORDERS / 2));
    await Promise.all([
      send(ids.map((id) => order(id, rejected.includes(id) ? above : {}))),
      send(paying.slice(ORDERS / 2)),
      send(paying.filter((_, index) => index % 5 === 0)),
    ]);
    await eventually(
      async () => {
        const rows = await running.database.query<{ status: string; n: string }>(
          'SELECT status, count(*) AS n FROM worker.orders WHERE order_id = ANY($1::uuid[]) GROUP BY 1 ORDER BY 1',
          [ids],
        );
        expect(rows).toEqual([
          { status: 'confirmed', n: String(tooMuch.length) },
          { status: 'paid', n: String(ORDERS - tooMuch.length - rejected.length) },
          { status: 'rejected', n: String(rejected.length) },
        ]);
        const kept = await paymentsOf(ids);
        expect(kept.filter(({ waits }) => waits)).toEqual([]);
        expect(kept.filter(({ flag }) => flag === 'payment_mismatch')).toHaveLength(tooMuch.length);
        expect(kept.filter(({ flag }) => flag === 'order_not_payable')).toHaveLength(rejected.length);
        expect(kept).toHaveLength(ORDERS);
      },
      { deadlineMs: 60_000 },
    );
    await eventually(async () => {
      const paidEvents = (await saidAbout(ids)).filter(({ event_type }) => event_type === 'order.paid');
      expect(new Set(paidEvents.map(({ payload }) => payload['order_id'])).size).toBe(270 - tooMuch.length);
      expect(paidEvents).toHaveLength(270 - tooMuch.length);
      const causes = new Set(paying.map(eventIdOf));
      expect(paidEvents.every(({ causation_id }) => causes.has(causation_id ?? ''))).toBe(true);
    });
  }, 120_000);
});
