import { setTimeout as sleep } from 'node:timers/promises';
import { serviceUrl, type ServiceDefinition } from '../services/services.ts';

interface ListedOrder {
  readonly order_id: string;
  readonly customer_id: string;
  readonly status: string;
  readonly currency: string;
  readonly amount_total: number;
  readonly created_at: string;
}

const POLL_MS = 500;
/** One that answers later is as good as away. */
const ANSWER_MS = 5_000;
/** What a person can still read; a busier moment is summed up. */
const LINES_PER_TURN = 6;
const PAGE = 100;

/** Prints each new order as it comes, until `signal` aborts: the newest page of the read model, told once. */
export async function showOrdersLive(
  orderApi: ServiceDefinition,
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<void> {
  let seen: Set<string> | undefined;
  while (!signal.aborted) {
    const orders = await newestOrders(orderApi, signal);
    if (orders) {
      const known = (seen ??= new Set(orders.map(keyOf)));
      printFresh(
        orders.filter((order) => !known.has(keyOf(order))),
        print,
      );
      for (const order of orders) known.add(keyOf(order));
      forgetOldest(known);
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Undefined while the service is away, or was killed in the middle of its answer; its restart is told elsewhere. */
async function newestOrders(
  orderApi: ServiceDefinition,
  stop: AbortSignal,
): Promise<ListedOrder[] | undefined> {
  try {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(ANSWER_MS)]);
    const answer = await fetch(`${serviceUrl(orderApi)}/v1/orders?limit=${PAGE}`, { signal });
    return answer.ok ? ((await answer.json()) as { orders: ListedOrder[] }).orders : undefined;
  } catch {
    return undefined;
  }
}

/** Oldest first. */
function printFresh(fresh: ListedOrder[], print: (line: string) => void): void {
  const shown = fresh.slice(0, LINES_PER_TURN).reverse();
  if (fresh.length > shown.length) {
    const more = fresh.length - shown.length;
    print(`           … ${more}${fresh.length === PAGE ? ' or more' : ''} other changes of orders`);
  }
  for (const order of shown) print(lineOf(order));
}

function keyOf({ order_id, status }: ListedOrder): string {
  return `${order_id} ${status}`;
}

function lineOf(order: ListedOrder): string {
  const time = new Date().toLocaleTimeString('en-GB');
  const amount = formatAmount(order.amount_total, order.currency);
  return `${time}   ${order.order_id}  ${order.status.padEnd(9)}  ${amount.padStart(14)}  ${order.customer_id}`;
}

/** Minor units as people write them. */
function formatAmount(minorUnits: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.format(minorUnits / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

function forgetOldest(seen: Set<string>): void {
  for (const key of seen) {
    if (seen.size <= 10 * PAGE) return;
    seen.delete(key);
  }
}
