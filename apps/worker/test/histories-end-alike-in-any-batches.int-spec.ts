import { uuidv7, type Emission } from '@orderstream/events';
import { testDatabase, type TestDatabase } from '@orderstream/testing';
import { Database, migrate } from '@orderstream/transactional';
import fc from 'fast-check';
import { migrations } from '#migrations';
import { CancellationStore } from '../src/orders/cancellation-store.ts';
import { OrderStore } from '../src/orders/order-store.ts';
import { PaymentStore } from '../src/orders/payment-store.ts';
import type { PaymentFlag } from '../src/orders/payment.ts';
import { ProcessOrders } from '../src/orders/process-orders.ts';
import { ProcessPayments } from '../src/orders/process-payments.ts';
import { cancellation, created } from './support/events.ts';
import {
  batchesOf,
  history,
  model,
  reportOf,
  topicOf,
  type History,
  type Outcome,
  type Saying,
} from './support/payment-histories.ts';

const HISTORIES = 30;
/** Seldom met by chance, and so always among them: several payments that would each pay wait for the order. */
const EARLY: History = {
  isAboveLimit: false,
  payments: ['fits', 'fits'],
  sayings: [{ kind: 'pay', payment: 0 }, { kind: 'pay', payment: 1 }, { kind: 'created' }],
  cuts: [],
};
/** Orders that are to be above the limit are over 9 CHF, all others over 9 EUR. */
const limits = { default: 900, byCurrency: { CHF: 899 } };
const [orderStore, paymentStore] = [new OrderStore(), new PaymentStore()];
const orders = new ProcessOrders(orderStore, new CancellationStore(), paymentStore, limits);
const payments = new ProcessPayments(orderStore, paymentStore, limits);

type Recorded =
  | { readonly topic: 'orders'; readonly event: Parameters<ProcessOrders['apply']>[0][number] }
  | { readonly topic: 'payments'; readonly event: Parameters<ProcessPayments['apply']>[0][number] };
type Batch = readonly Recorded[];

/** How the records of one topic that lie between two of the other are cut into batches. */
type Cut = (records: Batch) => readonly Batch[];

describe('many orders, their payments and cancellations on real PostgreSQL', () => {
  let server: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    server = await testDatabase();
    await migrate({ url: server.url, schema: 'worker', migrations });
    database = new Database({ service: 'worker', schema: 'worker', url: server.url, poolSize: 2 });
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await server.drop();
  }, 60_000);

  it('all in one batch, in several, one by one, each batch twice: what the model says, every time', async () => {
    // Without bias: the first of many rounds would be of small histories, and there is only one.
    const many = fc.noBias(
      fc.tuple(
        fc.array(history, { minLength: HISTORIES, maxLength: HISTORIES }),
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 40, maxLength: 40 }),
      ),
    );
    const property = fc.asyncProperty(many, async ([byChance, lengths]) => {
      const histories = [EARLY, ...byChance];
      const expected = histories.map(model);
      let next = 0;
      const lengthOfNext = (): number => lengths[next++ % lengths.length] as number;
      expect(await handled(histories, (records) => [records])).toEqual(expected);
      expect(await handled(histories, (records) => cutAt(records, lengthOfNext))).toEqual(expected);
      expect(await handled(histories, (records) => cutAt(records, () => 1))).toEqual(expected);
      expect(await handled(histories, (records) => [records, records])).toEqual(expected);
    });
    // What fails is shown with the seed that makes it again; it is not made smaller, as that would take a thousand rounds.
    await fc.assert(property, { numRuns: 1, endOnFailure: true });
  }, 60_000);

  async function handled(histories: readonly History[], cut: Cut): Promise<Outcome[]> {
    const ids = histories.map(() => uuidv7());
    const emissions: Emission[] = [];
    for (const records of stepsOf(histories, ids))
      for (const batch of cut(records)) emissions.push(...(await applied(batch)));
    const rows = await stored(ids);
    return ids.map((id) => {
      const types = emissions.filter((one) => orderOf(one) === id).map(({ contract }) => contract.type);
      return {
        status: rows.statuses.get(id),
        payments: Object.fromEntries(rows.payments.get(id) ?? []),
        emitted: types.filter((type) => type !== 'order.cancellation_refused'),
        refusals: types.filter((type) => type === 'order.cancellation_refused').length,
      };
    });
  }

  /** One batch, in one transaction, as the engine hands it over. */
  function applied(batch: Batch): Promise<Emission[]> {
    const ofOrders = batch.flatMap((one) => (one.topic === 'orders' ? [structuredClone(one.event)] : []));
    const ofPayments = batch.flatMap((one) => (one.topic === 'payments' ? [structuredClone(one.event)] : []));
    return database.transaction((tx) =>
      ofOrders.length > 0 ? orders.apply(ofOrders, tx) : payments.apply(ofPayments, tx),
    );
  }

  async function stored(ids: readonly string[]) {
    const statuses = await server.query<{ order_id: string; status: string }>(
      'SELECT order_id, status FROM worker.orders WHERE order_id = ANY($1)',
      [ids],
    );
    const kept = await server.query<{
      order_id: string;
      number: number;
      outcome: PaymentFlag | 'waits' | null;
    }>(
      `SELECT order_id, split_part(payment_id, '_', 2)::integer AS number,
              CASE WHEN waiting IS NOT NULL THEN 'waits' ELSE flag END AS outcome
         FROM worker.payments WHERE order_id = ANY($1)`,
      [ids],
    );
    return {
      statuses: new Map(statuses.map(({ order_id, status }) => [order_id, status])),
      payments: new Map(
        [...Map.groupBy(kept, ({ order_id }) => order_id)].map(([id, rows]) => [
          id,
          rows.map(({ number, outcome }) => [number, outcome] as const),
        ]),
      ),
    };
  }
});

/**
 * All histories at once, each in its own order: records of `orders`, of `payments`, of `orders` again … Those of different orders lie
 * mixed. A provider that repeats itself does so under a new event id.
 */
function stepsOf(histories: readonly History[], ids: readonly string[]): Batch[] {
  const steps: Recorded[][][] = [];
  histories.forEach((one, index) => {
    const record = recorderOf(one, ids[index] as string);
    const segments = batchesOf(one.sayings, []);
    // Even steps are of `orders`.
    const first = segments[0] !== undefined && topicOf(segments[0][0] as Saying) === 'payments' ? 1 : 0;
    segments.forEach((segment, at) => (steps[first + at] ??= []).push(segment.map(record)));
  });
  return Array.from(steps, (lists = []) => mixed(lists)).filter(({ length }) => length > 0);
}

function recorderOf({ isAboveLimit, payments: kinds }: History, order_id: string) {
  const creation = created({ order_id, ...(isAboveLimit ? { currency: 'CHF' } : undefined) });
  const requests = [cancellation(order_id), cancellation(order_id)];
  return (saying: Saying): Recorded => {
    if (saying.kind === 'created') return { topic: 'orders', event: creation };
    if (saying.kind === 'cancel') return { topic: 'orders', event: requests[saying.request] ?? creation };
    const kind = kinds[saying.payment] ?? 'failed';
    return { topic: 'payments', event: reportOf(kind, order_id, `${order_id}_${saying.payment}`) };
  };
}

/** The first of each list, the second of each … */
function mixed<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat();
}

function cutAt(records: Batch, lengthOfNext: () => number): Batch[] {
  const batches: Batch[] = [];
  for (let at = 0; at < records.length;) {
    const length = lengthOfNext();
    batches.push(records.slice(at, at + length));
    at += length;
  }
  return batches;
}

function orderOf({ payload }: Emission): string {
  return (payload as { order_id: string }).order_id;
}
