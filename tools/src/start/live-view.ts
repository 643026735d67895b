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
/** What a person can still read; a busier moment is summed up. */
const LINES_PER_TURN = 6;
const PAGE = 100;

/** Prints each new order as it comes, until `signal` aborts: the newest page of the read model, told once. */
export async function showOrdersLive(
  orderApi: ServiceDefinition,
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<void> {
  const seen = new Set((await newestOrders(orderApi)).map(keyOf));
  while (!signal.aborted) {
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    const fresh = (await newestOrders(orderApi)).filter((order) => !seen.has(keyOf(order))).reverse();
    const shown = fresh.slice(-LINES_PER_TURN);
    if (fresh.length > shown.length) {
      const more = fresh.length - shown.length;
      print(`           … ${more}${fresh.length === PAGE ? ' or more' : ''} other changes of orders`);
    }
    for (const order of shown) print(lineOf(order));
    for (const order of fresh) seen.add(keyOf(order));
    forgetOldest(seen);
  }
}

async function newestOrders(orderApi: ServiceDefinition): Promise<ListedOrder[]> {
  // While the service is away there is nothing new to show; its restart is told elsewhere.
  const answer = await fetch(`${serviceUrl(orderApi)}/v1/orders?limit=${PAGE}`).catch(() => undefined);
  if (!answer?.ok) return [];
  return ((await answer.json()) as { orders: ListedOrder[] }).orders;
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
