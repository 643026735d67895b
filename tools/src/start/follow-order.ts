import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Platform } from '../platform/index.ts';
import { mailboxApi } from './local-addresses.ts';
import type { ServiceDefinition } from '../services/services.ts';
import { serviceUrl } from '../services/services.ts';

/** One place an order has to arrive at. */
export interface Arrival {
  readonly where: string;
  /** Since the request was sent. */
  readonly afterMs: number;
  readonly what: string;
}

interface Stop {
  readonly where: string;
  /** What is there; undefined while nothing is. */
  readonly look: () => Promise<string | undefined>;
}

interface OrderView {
  readonly status: string;
  readonly timeline: readonly { event_type: string; timestamp: string }[];
}

const POLL_MS = 5;
const DEADLINE_MS = 30_000;

/** The order that shows the way: what anybody's `curl` would send. */
export function exampleOrder(email: string) {
  return {
    customer_id: 'ada',
    currency: 'EUR',
    items: [
      { sku: 'espresso-beans-1kg', quantity: 2, unit_amount: 1890 },
      { sku: 'cup-blue', quantity: 1, unit_amount: 1200 },
    ],
    contact: { email },
  };
}

/**
 * Sends one real order and watches it arrive everywhere: databases, dashboard, mailbox, read model. Each arrival is told as it is seen.
 * @throws Error naming what did not arrive within 30 s
 */
export async function followOneOrder(
  orderApi: ServiceDefinition,
  analytics: ServiceDefinition,
  platform: Platform,
  onArrival: (arrival: Arrival) => void,
): Promise<string> {
  const email = `ada+${Date.now().toString(36)}@example.com`;
  const sentAtMs = performance.now();
  const arrived = (where: string, what: string): void =>
    onArrival({ where, afterMs: performance.now() - sentAtMs, what });
  const response = await fetch(`${serviceUrl(orderApi)}/v1/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(exampleOrder(email)),
  });
  if (response.status !== 202)
    throw new Error(`POST /v1/orders answered ${response.status}: ${await response.text()}`);
  const { order_id } = (await response.json()) as { order_id: string };
  arrived('order-api', `202 accepted: Kafka holds order ${order_id}`);

  const worker = new pg.Client({ connectionString: platform.databaseUrl('worker') });
  const warehouse = new pg.Client({ connectionString: platform.databaseUrl('analytics') });
  try {
    await Promise.all([worker.connect(), warehouse.connect()]);
    const stops: Stop[] = [
      { where: 'worker', look: () => statusIn(worker, 'worker.orders', order_id) },
      { where: 'warehouse', look: () => statusIn(warehouse, 'warehouse.orders', order_id, 'confirmed') },
      { where: 'dashboard', look: () => lineOnDashboard(analytics, order_id) },
      { where: 'mailbox', look: () => mailTo(email) },
      { where: 'read model', look: () => timelineOf(orderApi, order_id) },
    ];
    await Promise.all(stops.map(async (stop) => arrived(stop.where, await untilThere(stop))));
  } finally {
    await Promise.all([worker.end(), warehouse.end()]);
  }
  return order_id;
}

async function untilThere({ where, look }: Stop): Promise<string> {
  const endMs = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > endMs)
      throw new Error(`the order did not arrive at: ${where} (within ${DEADLINE_MS / 1000} s)`);
    await sleep(POLL_MS);
  }
}

async function statusIn(
  client: pg.Client,
  table: string,
  orderId: string,
  wanted?: string,
): Promise<string | undefined> {
  const { rows } = await client.query<{ status: string }>(`SELECT status FROM ${table} WHERE order_id = $1`, [
    orderId,
  ]);
  const status = rows[0]?.status;
  return status === undefined || (wanted !== undefined && status !== wanted)
    ? undefined
    : `a row in ${table}: ${status}`;
}

async function lineOnDashboard(analytics: ServiceDefinition, orderId: string): Promise<string | undefined> {
  const text = await (await fetch(`${serviceUrl(analytics)}/v1/dashboard`)).text();
  return text.includes(orderId) ? 'a line on the live page' : undefined;
}

async function mailTo(email: string): Promise<string | undefined> {
  const answer = await fetch(`${mailboxApi}/messages?to=${encodeURIComponent(email)}`);
  const { messages } = (await answer.json()) as { messages: { subject: string }[] };
  return messages[0] && `a mail: “${messages[0].subject}”`;
}

async function timelineOf(orderApi: ServiceDefinition, orderId: string): Promise<string | undefined> {
  const answer = await fetch(`${serviceUrl(orderApi)}/v1/orders/${orderId}`);
  if (!answer.ok) return undefined;
  const { status, timeline } = (await answer.json()) as OrderView;
  return status === 'confirmed'
    ? `GET shows ${timeline.map(({ event_type }) => event_type).join(' → ')}`
    : undefined;
}
