import type { Simulation, SimulationResult } from './run-simulation.ts';
import type { PlacedOrder } from './tally.ts';

const TOP_PRODUCTS = 10;

export const SUMMARY_SHAPE =
  '{run, seed, seconds, visits, requests, expected: {orders, revenue, payments, users_registered, web_events, funnel, top_products}, ' +
  'planted_fraud: [{rule, subject_type, subject_id}], refused, troubles}';

/** What a run has added to the shop, as one document: what the warehouse and the dashboard hold of it, to the unit. */
export function summaryOf({ run, seed }: Simulation, result: SimulationResult) {
  const { tally, counts, planted, visits, unsettled } = result;
  return {
    run,
    seed,
    seconds: Math.round(result.seconds * 10) / 10,
    visits,
    requests: counts,
    expected: {
      orders: ordersByStep(tally.orders),
      orders_by_status: countBy(tally.orders, ({ status }) => status),
      revenue: revenueOf(tally.orders),
      payments: [...tally.payments].map(([currency, each]) => ({ currency, ...each })).sort(byCurrency),
      users_registered: tally.users,
      web_events: Object.fromEntries([...tally.webEvents].sort()),
      funnel: tally.funnel(),
      top_products: topProducts(result),
    },
    planted_fraud: planted,
    refused: { requests: tally.refused, web_events: tally.refusedEvents },
    troubles: {
      visits_ended_early: result.broken,
      cancellations_left_out: tally.cancellationsLeftOut,
      unexpected_answers: Object.fromEntries(tally.unexpected),
      unsettled_orders: unsettled.map(({ order_id, status, expected }) => ({ order_id, status, expected })),
      latest_begin_ms: Math.round(result.latestBeginMs),
    },
  };
}

export type Summary = ReturnType<typeof summaryOf>;

/** Whether the numbers are what the warehouse must hold: nothing was left open, and nothing was answered that should not be. */
export function isExact({ troubles }: Summary): boolean {
  return (
    troubles.visits_ended_early === 0 &&
    troubles.unsettled_orders.length === 0 &&
    Object.keys(troubles.unexpected_answers).length === 0
  );
}

function ordersByStep(
  orders: readonly PlacedOrder[],
): Record<'created' | 'confirmed' | 'rejected' | 'paid' | 'cancelled', number> {
  return {
    created: orders.length,
    confirmed: orders.filter(isConfirmed).length,
    rejected: orders.filter(({ status }) => status === 'rejected').length,
    paid: orders.filter(isPaid).length,
    cancelled: orders.filter(({ status }) => status === 'cancelled').length,
  };
}

function revenueOf(orders: readonly PlacedOrder[]) {
  const sum = (some: readonly PlacedOrder[]): number => some.reduce((total, { amount }) => total + amount, 0);
  return [...new Set(orders.map(({ order }) => order.currency))].sort().map((currency) => {
    const own = orders.filter(({ order }) => order.currency === currency);
    return {
      currency,
      orders_created: own.length,
      amount_created: sum(own),
      amount_confirmed: sum(own.filter(isConfirmed)),
      amount_paid: sum(own.filter(isPaid)),
      amount_cancelled: sum(own.filter(({ status }) => status === 'cancelled')),
    };
  });
}

function topProducts({ tally }: SimulationResult) {
  const pieces = new Map<string, number>();
  for (const { order, status } of tally.orders) {
    if (status !== 'confirmed' && status !== 'paid') continue;
    for (const { sku, quantity } of order.items) pieces.set(sku, (pieces.get(sku) ?? 0) + quantity);
  }
  return [...new Set([...pieces.keys(), ...tally.interest.keys()])]
    .map((sku) => ({
      sku,
      pieces_sold: pieces.get(sku) ?? 0,
      views: tally.interest.get(sku)?.views ?? 0,
      cart_adds: tally.interest.get(sku)?.cartAdds ?? 0,
    }))
    .sort(
      (one, other) =>
        other.pieces_sold - one.pieces_sold || other.views - one.views || (one.sku < other.sku ? -1 : 1),
    )
    .slice(0, TOP_PRODUCTS);
}

function isConfirmed({ status }: PlacedOrder): boolean {
  return status !== 'accepted' && status !== 'rejected';
}

function isPaid({ status, wasPaid }: PlacedOrder): boolean {
  return wasPaid && (status === 'paid' || status === 'cancelled');
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}

function byCurrency(one: { currency: string }, other: { currency: string }): number {
  return one.currency < other.currency ? -1 : 1;
}
