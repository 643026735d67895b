import fc from 'fast-check';
import type { PaymentEvent, PaymentFlag } from '../../src/orders/payment.ts';
import { failed, paid } from './events.ts';

/** What may be said about the order; each may be said several times. */
export type Saying =
  | { readonly kind: 'created' }
  | { readonly kind: 'cancel'; readonly request: number }
  | { readonly kind: 'pay'; readonly payment: number };

type PaymentKind = 'fits' | 'too much' | 'wrong currency' | 'failed';

/** What is said about one order, in this order. */
export interface History {
  readonly isAboveLimit: boolean;
  /** By number. */
  readonly payments: readonly PaymentKind[];
  readonly sayings: readonly Saying[];
  /** Where a batch ends although the next saying is on the same topic. */
  readonly cuts: readonly boolean[];
}

export const history: fc.Arbitrary<History> = fc
  .array(fc.constantFrom<PaymentKind>('fits', 'fits', 'too much', 'wrong currency', 'failed'), {
    maxLength: 5,
    size: 'max',
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
      sayings: fc.array(saying, { maxLength: 14, size: 'max' }),
      cuts: fc.array(fc.boolean(), { minLength: 14, maxLength: 14 }),
    });
  });

export interface Outcome {
  readonly status: string | undefined;
  /** By the payment's number: its flag, null without one, `waits`. */
  readonly payments: Readonly<Record<number, PaymentFlag | 'waits' | null>>;
  /** Everything but refusals, in order. */
  readonly emitted: readonly string[];
  readonly refusals: number;
}

/** What must become of it, in sentences: no batches, no tables, no waiting list; every history is looked at as a whole. */
export function model({ isAboveLimit, payments, sayings }: History): Outcome {
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

/** As the engine hands them over: what follows each other on one topic together, unless it is cut. */
export function batchesOf(sayings: readonly Saying[], cuts: readonly boolean[]): Saying[][] {
  const batches: Saying[][] = [];
  sayings.forEach((saying, at) => {
    const last = batches.at(-1);
    const isSameTopic = last !== undefined && topicOf(last[0] as Saying) === topicOf(saying);
    if (isSameTopic && cuts[at] !== true) last.push(saying);
    else batches.push([saying]);
  });
  return batches;
}

export function topicOf({ kind }: Saying): 'orders' | 'payments' {
  return kind === 'pay' ? 'payments' : 'orders';
}

/** The report of a payment for an order over 9 EUR. */
export function reportOf(kind: PaymentKind, order_id: string, payment_id: string): PaymentEvent {
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
