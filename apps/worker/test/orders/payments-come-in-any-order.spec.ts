import { uuidv7, type Emission } from '@orderstream/events';
import type { Transaction } from '@orderstream/transactional';
import fc from 'fast-check';
import type { PaymentEvent, PaymentFlag } from '../../src/orders/payment.ts';
import { ProcessOrders } from '../../src/orders/process-orders.ts';
import { ProcessPayments } from '../../src/orders/process-payments.ts';
import { cancellation, created, failed, paid } from '../support/events.ts';
import { StoresInMemory } from '../support/stores-in-memory.ts';

/** What may be said about the order; each may be said several times. */
type Saying =
  | { readonly kind: 'created' }
  | { readonly kind: 'cancel'; readonly request: number }
  | { readonly kind: 'pay'; readonly payment: number };

type PaymentKind = 'fits' | 'too much' | 'wrong currency' | 'failed';

interface History {
  readonly isAboveLimit: boolean;
  /** By number. */
  readonly payments: readonly PaymentKind[];
  readonly sayings: readonly Saying[];
  /** Where a batch ends although the next saying is on the same topic. */
  readonly cuts: readonly boolean[];
}

const history: fc.Arbitrary<History> = fc
  .array(fc.constantFrom<PaymentKind>('fits', 'fits', 'too much', 'wrong currency', 'failed'), {
    maxLength: 5,
  })
  .chain((payments) => {
    const saying = fc.oneof(
      fc.constant<Saying>({ kind: 'created' }),
      fc.nat(1).map<Saying>((request) => ({ kind: 'cancel', request })),
      ...payments.map((_, payment) => fc.constant<Saying>({ kind: 'pay', payment })),
    );
    return fc.record({
      isAboveLimit: fc.nat(4).map((dice) => dice === 0),
      payments: fc.constant(payments),
      sayings: fc.array(saying, { maxLength: 14 }),
      cuts: fc.array(fc.boolean(), { minLength: 14, maxLength: 14 }),
    });
  });

interface Outcome {
  readonly status: string | undefined;
  /** By the payment's number: its flag, null without one, `waits`. */
  readonly payments: Readonly<Record<number, PaymentFlag | 'waits' | null>>;
  /** Everything but refusals, in order. */
  readonly emitted: readonly string[];
  readonly refusals: number;
}

/** The same in sentences: no batches, no tables, no waiting list; every history is looked at as a whole. */
function model({ isAboveLimit, payments, sayings }: History): Outcome {
  const creation = sayings.findIndex(({ kind }) => kind === 'created');
  const arrivals = new Map<number, number>();
  sayings.forEach((saying, at) => {
    if (saying.kind === 'pay' && !arrivals.has(saying.payment)) arrivals.set(saying.payment, at);
  });
  const requests = [0, 1]
    .map((request) => sayings.findIndex((one) => one.kind === 'cancel' && one.request === request))
    .filter((at) => at >= 0);
  const cancelled = Math.min(...requests.filter((at) => at > creation));
  const isCancelled = creation >= 0 && !isAboveLimit && cancelled < sayings.length;
  const isInTime = (at: number): boolean => !isCancelled || at < cancelled;
  const payer = [...arrivals].find(([payment, at]) => payments[payment] === 'fits' && isInTime(at));
  const isPaid = creation >= 0 && !isAboveLimit && payer !== undefined;

  const outcomeOf = (payment: number, at: number): PaymentFlag | 'waits' | null => {
    if (payments[payment] === 'failed') return null;
    if (creation < 0) return 'waits';
    if (isAboveLimit || !isInTime(at)) return 'order_not_payable';
    if (payer === undefined || at < payer[1]) return 'payment_mismatch';
    return payment === payer[0] ? null : 'already_paid';
  };
  const refusals = requests.length - (isCancelled ? 1 : 0);
  if (creation < 0) return { status: undefined, payments: outcomes(), emitted: [], refusals };
  if (isAboveLimit)
    return { status: 'rejected', payments: outcomes(), emitted: ['order.rejected'], refusals };
  return {
    status: isCancelled ? 'cancelled' : isPaid ? 'paid' : 'confirmed',
    payments: outcomes(),
    emitted: [
      'order.confirmed',
      ...(isPaid ? ['order.paid'] : []),
      ...(isCancelled ? ['order.cancelled'] : []),
    ],
    refusals,
  };

  function outcomes(): Outcome['payments'] {
    return Object.fromEntries([...arrivals].map(([payment, at]) => [payment, outcomeOf(payment, at)]));
  }
}

/** The handlers themselves, called as the engine calls them: in batches of one topic. */
async function handled({ isAboveLimit, payments, sayings, cuts }: History): Promise<Outcome> {
  const order_id = uuidv7();
  const creation = created({ order_id });
  const requests = [cancellation(order_id), cancellation(order_id)];
  const reports = payments.map((kind, index) => reportOf(kind, order_id, `p-${index}`));
  const limits = { default: isAboveLimit ? 899 : 900, byCurrency: {} };
  const stores = new StoresInMemory();
  const orders = new ProcessOrders(stores.orderStore, stores.cancellationStore, stores.paymentStore, limits);
  const processPayments = new ProcessPayments(stores.orderStore, stores.paymentStore, limits);
  const tx = undefined as unknown as Transaction;
  const emissions: Emission[] = [];
  for (const batch of batchesOf(sayings, cuts)) {
    // Copies: the engine parses every record anew.
    const onOrders = batch.flatMap((saying) => {
      if (saying.kind === 'pay') return [];
      return [structuredClone(saying.kind === 'created' ? creation : requests[saying.request])];
    });
    const onPayments = batch.flatMap((saying) =>
      saying.kind === 'pay' ? [structuredClone(reports[saying.payment])] : [],
    );
    const emitted =
      onPayments.length > 0
        ? await processPayments.apply(onPayments as PaymentEvent[], tx)
        : await orders.apply(onOrders as Parameters<ProcessOrders['apply']>[0], tx);
    emissions.push(...emitted);
  }
  const types = emissions.map(({ contract }) => contract.type);
  const kept = [...stores.payments.values()].map(
    ({ payment_id, flag, waiting }) =>
      [Number(payment_id.slice(2)), waiting ? 'waits' : (flag ?? null)] as const,
  );
  return {
    status: stores.orders.get(order_id)?.status,
    payments: Object.fromEntries(kept),
    emitted: types.filter((type) => type !== 'order.cancellation_refused'),
    refusals: types.filter((type) => type === 'order.cancellation_refused').length,
  };
}

function reportOf(kind: PaymentKind, order_id: string, payment_id: string): PaymentEvent {
  switch (kind) {
    case 'fits':
      return paid({ order_id, payment_id });
    case 'too much':
      return paid({ order_id, payment_id, amount: 901 });
    case 'wrong currency':
      return paid({ order_id, payment_id, currency: 'USD' });
    case 'failed':
      return failed({ order_id, payment_id });
  }
}

function batchesOf(sayings: readonly Saying[], cuts: readonly boolean[]): Saying[][] {
  const batches: Saying[][] = [];
  const topic = ({ kind }: Saying): string => (kind === 'pay' ? 'payments' : 'orders');
  sayings.forEach((saying, at) => {
    const last = batches.at(-1);
    const isSameTopic = last !== undefined && topic(last[0] as Saying) === topic(saying);
    if (isSameTopic && cuts[at] !== true) last.push(saying);
    else batches.push([saying]);
  });
  return batches;
}

describe('payments, cancellations and their order', () => {
  it('in any order, any number of times, in any batches: what the model says, and no payment is lost', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (one) => {
        expect(await handled(one)).toEqual(model(one));
      }),
      { numRuns: 3_000 },
    );
  }, 60_000);
});
