import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Platform } from '../platform/index.ts';
import type { ServiceDefinition } from '../services/services.ts';
import { serviceUrl } from '../services/services.ts';

/** One place an order has to arrive at. */
export interface Arrival {
  readonly where: string;
  /** Since the request was sent. */
  readonly afterMs: number;
  readonly what: string;
}

export interface FollowOptions {
  readonly orderApi: ServiceDefinition;
  readonly analytics: ServiceDefinition;
  readonly platform: Pick<Platform, 'databaseUrl'>;
  /** The local mailbox. Undefined: mails go elsewhere and are not looked for. */
  readonly mailboxUrl: string | undefined;
  readonly deadlineMs: number;
  /** Ends it before the deadline. */
  readonly signal: AbortSignal;
  readonly onArrival: (arrival: Arrival) => void;
}

interface Stop {
  readonly where: string;
  /** What is there; undefined while nothing is. */
  readonly look: (signal: AbortSignal) => Promise<string | undefined>;
}

interface OrderView {
  readonly status: string;
  readonly timeline: readonly { event_type: string; timestamp: string }[];
}

const POLL_MS = 5;
/** Whom nobody answered is asked again a little later. */
const PAUSE_AFTER_FAILURE_MS = 100;
const LOOK_MS = 3_000;

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
 * Sends one real order and watches it arrive everywhere: databases, dashboard, mailbox, read model. Each arrival is told as it is seen. A
 * look that fails has found nothing yet: a service may be starting anew.
 * @returns where the order was not when the deadline passed or the signal aborted
 */
export async function followOneOrder(options: FollowOptions): Promise<string[]> {
  const { orderApi, platform, deadlineMs } = options;
  const email = `ada+${Date.now().toString(36)}@example.com`;
  const sentAtMs = performance.now();
  const ended = AbortSignal.any([options.signal, AbortSignal.timeout(deadlineMs)]);
  const arrived = (where: string, what: string): void =>
    options.onArrival({ where, afterMs: performance.now() - sentAtMs, what });

  const request = { idempotencyKey: randomUUID(), body: JSON.stringify(exampleOrder(email)) };
  let why = '';
  const orderId = await untilFound(async (signal) => {
    const answer = await accepted(orderApi, request, signal);
    if ('orderId' in answer) return answer.orderId;
    why = ` (${answer.refusal})`;
    throw new Error(answer.refusal);
  }, ended);
  if (orderId === undefined) return [`order-api${why}`];
  arrived('order-api', `202 accepted: Kafka holds order ${orderId}`);

  const worker = databaseOf(platform.databaseUrl('worker'));
  const warehouse = databaseOf(platform.databaseUrl('analytics'));
  try {
    const stops = stopsOf(options, { orderId, email, worker, warehouse });
    const missing = stops.map(async ({ where, look }) => {
      const found = await untilFound(look, ended);
      if (found === undefined) return [where];
      arrived(where, found);
      return [];
    });
    return (await Promise.all(missing)).flat();
  } finally {
    await Promise.all([worker.end(), warehouse.end()]);
  }
}

function stopsOf(
  { orderApi, analytics, mailboxUrl }: FollowOptions,
  order: { orderId: string; email: string; worker: pg.Pool; warehouse: pg.Pool },
): Stop[] {
  const { orderId, email, worker, warehouse } = order;
  const stops: Stop[] = [
    { where: 'worker', look: () => statusIn(worker, 'worker.orders', orderId) },
    { where: 'warehouse', look: () => statusIn(warehouse, 'warehouse.orders', orderId, 'confirmed') },
    { where: 'dashboard', look: (signal) => lineOnDashboard(analytics, orderId, signal) },
    { where: 'read model', look: (signal) => timelineOf(orderApi, orderId, signal) },
  ];
  if (mailboxUrl !== undefined)
    stops.push({ where: 'mailbox', look: (signal) => mailTo(mailboxUrl, email, signal) });
  return stops;
}

/** Looks until something is found; undefined when `ended` aborts before. */
async function untilFound(look: Stop['look'], ended: AbortSignal): Promise<string | undefined> {
  while (!ended.aborted) {
    let pauseMs = POLL_MS;
    try {
      const found = await look(AbortSignal.any([ended, AbortSignal.timeout(LOOK_MS)]));
      if (found !== undefined) return found;
    } catch {
      pauseMs = PAUSE_AFTER_FAILURE_MS;
    }
    await sleep(pauseMs, undefined, { signal: ended }).catch(() => undefined);
  }
  return undefined;
}

/** A pool of one, as it connects again after PostgreSQL was away. */
function databaseOf(connectionString: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: 1,
    connectionTimeoutMillis: LOOK_MS,
    query_timeout: LOOK_MS,
  });
  pool.on('error', () => undefined);
  return pool;
}

/** Places the order; with its key it is one order, however often it is sent. */
async function accepted(
  orderApi: ServiceDefinition,
  { idempotencyKey, body }: { idempotencyKey: string; body: string },
  signal: AbortSignal,
): Promise<{ orderId: string } | { refusal: string }> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
  const response = await fetch(`${serviceUrl(orderApi)}/v1/orders`, {
    method: 'POST',
    headers,
    body,
    signal,
  });
  if (response.status !== 202) return { refusal: `${response.status} ${await response.text()}` };
  return { orderId: ((await response.json()) as { order_id: string }).order_id };
}

async function statusIn(
  database: pg.Pool,
  table: string,
  orderId: string,
  wanted?: string,
): Promise<string | undefined> {
  const { rows } = await database.query<{ status: string }>(
    `SELECT status FROM ${table} WHERE order_id = $1`,
    [orderId],
  );
  const status = rows[0]?.status;
  return status === undefined || (wanted !== undefined && status !== wanted)
    ? undefined
    : `a row in ${table}: ${status}`;
}

async function lineOnDashboard(
  analytics: ServiceDefinition,
  orderId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const text = await (await fetch(`${serviceUrl(analytics)}/v1/dashboard`, { signal })).text();
  return text.includes(orderId) ? 'a line on the live page' : undefined;
}

async function mailTo(mailboxUrl: string, email: string, signal: AbortSignal): Promise<string | undefined> {
  const answer = await fetch(`${mailboxUrl}/api/v1/messages?to=${encodeURIComponent(email)}`, { signal });
  const { messages } = (await answer.json()) as { messages: { subject: string }[] };
  return messages[0] && `a mail: “${messages[0].subject}”`;
}

async function timelineOf(
  orderApi: ServiceDefinition,
  orderId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const answer = await fetch(`${serviceUrl(orderApi)}/v1/orders/${orderId}`, { signal });
  if (!answer.ok) return undefined;
  const { status, timeline } = (await answer.json()) as OrderView;
  return status === 'confirmed'
    ? `GET shows ${timeline.map(({ event_type }) => event_type).join(' → ')}`
    : undefined;
}
