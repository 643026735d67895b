import { allTopics, type Envelope } from '@orderstream/events';
import { readTopic, type TopicRecord } from '@orderstream/testing';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import type { DatabaseName } from '../../src/platform/index.ts';
import type { WholeSystem } from './whole-system.ts';

/** A record of an order, as it lies on the topic. */
export interface Step {
  readonly eventId: string;
  readonly eventType: string;
  readonly partition: number;
}

/** Where every order was found, by order id; and what should not be there. */
export interface Ledger {
  /** The order's records in the log's order: what Kafka holds is what was ordered, whatever the client was told. */
  readonly topic: ReadonlyMap<string, readonly Step[]>;
  /** The address each order named; an order that named none is missing. */
  readonly emails: ReadonlyMap<string, string>;
  /** The order's status there. */
  readonly worker: ReadonlyMap<string, string>;
  readonly warehouse: ReadonlyMap<string, string>;
  readonly readModel: ReadonlyMap<string, string>;
  /** The event ids of the order's timeline in the read model, in its order. */
  readonly timelines: ReadonlyMap<string, readonly string[]>;
  /** By step, how often the warehouse's rollup counted it and how many of its orders took it. */
  readonly rollup: readonly { readonly step: string; readonly counted: number; readonly taken: number }[];
  /** State of what is told of each order's ruling in the notifier's ledger. */
  readonly notifications: ReadonlyMap<string, readonly string[]>;
  /** How many mails each address got. */
  readonly mails: ReadonlyMap<string, number>;
  readonly outboxPending: number;
  readonly deadLetters: number;
}

export interface LedgerOptions {
  /** Orders that are none of the ledger's business. */
  readonly leaveOut?: ReadonlySet<string>;
}

type Created = Envelope<string, { order_id: string; contact?: { email?: string } }>;

/** Against a reading that hangs: 200,000 records took longer than 2 min on two busy cores. */
const READ_DEADLINE_MS = 600_000;

/** Reads all of it: topic, tables, dead letters, mailbox. */
export async function readLedger(system: WholeSystem, options: LedgerOptions = {}): Promise<Ledger> {
  const { leaveOut = new Set() } = options;
  process.env['KAFKA_BROKERS'] = system.platform.kafkaBrokers;
  const all = await readTopic('orders', { deadlineMs: READ_DEADLINE_MS });
  const records = all.filter(({ key }) => key === null || !leaveOut.has(key));
  const rows = <Row extends object>(database: DatabaseName, text: string): Promise<Row[]> =>
    query<Row>(system.platform.databaseUrl(database), text);
  const statuses = async (database: DatabaseName, table: string): Promise<Map<string, string>> => {
    type Row = { order_id: string; status: string };
    const found = await rows<Row>(database, `SELECT order_id, status FROM ${table}`);
    return new Map(
      found.flatMap(({ order_id, status }) => (leaveOut.has(order_id) ? [] : [[order_id, status]])),
    );
  };
  const listed = async (database: DatabaseName, text: string): Promise<Map<string, string[]>> =>
    grouped((await rows<Pair>(database, text)).filter(({ order_id }) => !leaveOut.has(order_id)));
  const [outbox] = await rows<{ n: string }>(
    'worker',
    'SELECT coalesce(sum(record_count), 0) AS n FROM worker.outbox',
  );
  return {
    topic: stepsOf(records),
    emails: emailsIn(records),
    worker: await statuses('worker', 'worker.orders'),
    warehouse: await statuses('analytics', 'warehouse.orders'),
    readModel: await statuses('order_api', 'order_api.orders'),
    timelines: await listed(
      'order_api',
      'SELECT order_id, event_id AS value FROM order_api.order_events ORDER BY seq',
    ),
    rollup: (await rows<Counted>('analytics', ROLLUP)).map(({ step, counted, taken }) => ({
      step,
      counted: Number(counted),
      taken: Number(taken),
    })),
    notifications: await listed(
      'notifier',
      'SELECT order_id, state AS value FROM notifier.notifications ORDER BY notification_id',
    ),
    mails: await mailsByAddress(system),
    outboxPending: Number(outbox?.n),
    deadLetters: await deadLetters(system),
  };
}

type Pair = { order_id: string; value: string };
type Counted = { step: string; counted: string; taken: string };

const ROLLUP = `
  SELECT step, counted, taken
    FROM (SELECT sum(orders_created) AS created, sum(orders_confirmed) AS confirmed, sum(orders_rejected) AS rejected
            FROM warehouse.revenue_per_minute) AS rollup,
         (SELECT count(created_at) AS created, count(confirmed_at) AS confirmed, count(rejected_at) AS rejected
            FROM warehouse.orders) AS orders,
         LATERAL (VALUES ('created', rollup.created, orders.created), ('confirmed', rollup.confirmed, orders.confirmed),
                         ('rejected', rollup.rejected, orders.rejected)) AS steps(step, counted, taken)`;

function stepsOf(records: readonly TopicRecord[]): Map<string, Step[]> {
  const steps = new Map<string, Step[]>();
  for (const { key, headers, partition } of records) {
    const step = {
      eventId: headers['event-id'] ?? 'none',
      eventType: headers['event-type'] ?? 'none',
      partition,
    };
    append(steps, key ?? 'no key', step);
  }
  return steps;
}

function emailsIn(records: readonly TopicRecord[]): Map<string, string> {
  const emails = new Map<string, string>();
  for (const { headers, value } of records) {
    if (headers['event-type'] !== 'order.created') continue;
    const { payload } = JSON.parse(value as string) as Created;
    if (payload.contact?.email !== undefined) emails.set(payload.order_id, payload.contact.email);
  }
  return emails;
}

function grouped(rows: readonly Pair[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { order_id, value } of rows) append(groups, order_id, value);
  return groups;
}

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** One statement on a connection of its own. */
export async function query<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

async function mailsByAddress({ mailbox }: WholeSystem): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let offset = 0; ; offset += 1000) {
    const page = `/api/v1/messages?summary=true&limit=1000&offset=${offset}`;
    const answer = await fetch(new URL(page, mailbox.url));
    const { messages } = (await answer.json()) as { messages: { to: string[] }[] };
    for (const address of messages.flatMap(({ to }) => to))
      counts.set(address, (counts.get(address) ?? 0) + 1);
    if (messages.length < 1000) return counts;
  }
}

async function deadLetters({ platform }: WholeSystem): Promise<number> {
  const admin = new Kafka({ brokers: [platform.kafkaBrokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    let count = 0;
    for (const { name } of allTopics().filter((topic) => topic.name.endsWith('.dlq'))) {
      for (const { high, low } of await admin.fetchTopicOffsets(name)) count += Number(high) - Number(low);
    }
    return count;
  } finally {
    await admin.disconnect();
  }
}
