import { TransientError, uuidv7, type Emission } from '@orderstream/events';
import { eventually, testDatabase, type TestDatabase } from '@orderstream/testing';
import { Database, migrate, type Transaction } from '@orderstream/transactional';
import { migrations } from '#migrations';
import { CancellationStore } from '../src/orders/cancellation-store.ts';
import { OrderStore } from '../src/orders/order-store.ts';
import { PaymentStore } from '../src/orders/payment-store.ts';
import { ProcessOrders } from '../src/orders/process-orders.ts';
import { ProcessPayments } from '../src/orders/process-payments.ts';
import { cancellation, created, paid } from './support/events.ts';

const limits = { default: 1_000, byCurrency: {} };
const [orderStore, paymentStore] = [new OrderStore(), new PaymentStore()];
const orders = new ProcessOrders(orderStore, new CancellationStore(), paymentStore, limits);
const payments = new ProcessPayments(orderStore, paymentStore, limits);

type Work = (tx: Transaction) => Promise<Emission[]>;

describe('an order and its payment, handled at the same time', () => {
  let server: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    server = await testDatabase();
    await migrate({ url: server.url, schema: 'worker', migrations });
    database = new Database({ service: 'worker', schema: 'worker', url: server.url, poolSize: 8 });
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await server.drop();
  }, 60_000);

  /** Does the work and then keeps its transaction open until `commit` is called. */
  async function held(work: Work) {
    let commit: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (commit = resolve));
    let worked: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => (worked = resolve));
    const committed = database.transaction(async (tx) => {
      const emissions = await work(tx);
      worked();
      await gate;
      return emissions;
    });
    await ready;
    return { commit: () => (commit(), committed) };
  }

  const someoneWaits = () =>
    eventually(async () => {
      const waiting = await server.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      expect(waiting).toHaveLength(1);
    });
  const typesOf = (...emissions: Emission[][]): string[] =>
    emissions.flat().map(({ contract }) => contract.type);
  const stored = async (ids: readonly string[]) => ({
    orders: await server.query<{ status: string; n: string }>(
      'SELECT status, count(*) AS n FROM worker.orders WHERE order_id = ANY($1) GROUP BY status ORDER BY status',
      [ids],
    ),
    payments: await server.query<{ flag: string | null; waits: boolean; n: string }>(
      `SELECT flag, waiting IS NOT NULL AS waits, count(*) AS n FROM worker.payments WHERE order_id = ANY($1)
        GROUP BY 1, 2 ORDER BY 1, 2`,
      [ids],
    ),
  });

  it.each(['payment', 'order'])(
    'the %s is a little earlier: the other one waits for it, and the order is paid',
    async (first) => {
      const order_id = uuidv7();
      const pay: Work = (tx) => payments.apply([paid({ order_id })], tx);
      const create: Work = (tx) => orders.apply([created({ order_id })], tx);
      const [early, late] = first === 'payment' ? [pay, create] : [create, pay];
      const earlier = await held(early);
      const later = database.transaction(late);
      await someoneWaits();
      const emitted = typesOf(await earlier.commit(), await later);
      expect(emitted).toEqual(['order.confirmed', 'order.paid']);
      expect(await stored([order_id])).toEqual({
        orders: [{ status: 'paid', n: '1' }],
        payments: [{ flag: null, waits: false, n: '1' }],
      });
    },
    30_000,
  );

  it('a payment that waits: seen by nobody as an order; its order finds it, under the trace it came in', async () => {
    const order_id = uuidv7();
    const payment = paid({ order_id });
    await database.transaction((tx) => payments.apply([payment], tx));
    expect(await stored([order_id])).toEqual({ orders: [], payments: [{ flag: null, waits: true, n: '1' }] });
    const emissions = await database.transaction((tx) => orders.apply([created({ order_id })], tx));
    expect(typesOf(emissions)).toEqual(['order.confirmed', 'order.paid']);
    expect(emissions[1]?.cause).toEqual(payment);
    expect(emissions[1]?.payload).toMatchObject({ payment_id: payment.payload.payment_id });
  }, 30_000);

  it('the earlier one fails: the other one goes on as if it had never been', async () => {
    const order_id = uuidv7();
    const failing = database.transaction(async (tx) => {
      await payments.apply([paid({ order_id })], tx);
      throw new Error('lost');
    });
    await expect(failing).rejects.toThrow('lost');
    await database.transaction((tx) => orders.apply([created({ order_id })], tx));
    expect(await stored([order_id])).toEqual({ orders: [{ status: 'confirmed', n: '1' }], payments: [] });
  });

  it('400 orders, their payments and some cancellations in crossing batches: none is missed, none twice', async () => {
    const ids = Array.from({ length: 400 }, () => uuidv7());
    const emitted: Emission[][] = [];
    let retries = 0;
    // As the engine does it: batches of a partition one after the other, what is transient again.
    const partition = async (batches: readonly Work[]): Promise<void> => {
      for (const work of batches) {
        for (;;) {
          try {
            emitted.push(await database.transaction(work));
            break;
          } catch (error) {
            if (!(error instanceof TransientError)) throw error;
            retries += 1;
          }
        }
      }
    };
    const inBatches = <E>(
      events: readonly E[],
      size: number,
      apply: (batch: E[], tx: Transaction) => Promise<Emission[]>,
    ) =>
      Array.from({ length: Math.ceil(events.length / size) }, (_, index): Work => {
        const batch = events.slice(index * size, (index + 1) * size);
        return (tx) => apply(structuredClone(batch), tx);
      });
    const halves = [ids.filter((_, index) => index % 2 === 0), ids.filter((_, index) => index % 2 === 1)];
    await Promise.all(
      halves.flatMap((half) => {
        const cancelled = half.filter((_, index) => index % 10 === 0);
        const creations = half.map((order_id) => created({ order_id }));
        // Against the order of the ids, so that batches of the two topics meet crosswise; each payment comes twice.
        const reports = half.toReversed().map((order_id) => paid({ order_id, payment_id: `p-${order_id}` }));
        return [
          partition([
            ...inBatches(creations, 7, (batch, tx) => orders.apply(batch, tx)),
            ...inBatches(
              cancelled.map((id) => cancellation(id)),
              5,
              (batch, tx) => orders.apply(batch, tx),
            ),
          ]),
          partition(inBatches([...reports, ...reports], 9, (batch, tx) => payments.apply(batch, tx))),
        ];
      }),
    );
    const result = await stored(ids);
    expect(result.orders).toEqual([
      { status: 'cancelled', n: '40' },
      { status: 'paid', n: '360' },
    ]);
    expect(result.payments.filter(({ waits }) => waits)).toEqual([]);
    expect(result.payments.reduce((sum, { n }) => sum + Number(n), 0)).toBe(400);
    const tooLate = Number(result.payments.find(({ flag }) => flag === 'order_not_payable')?.n ?? 0);
    const count = (type: string): number => typesOf(...emitted).filter((one) => one === type).length;
    expect(['order.confirmed', 'order.paid', 'order.cancelled'].map(count)).toEqual([400, 400 - tooLate, 40]);
    expect(retries).toBeLessThan(5);
  }, 60_000);
});
