import { allTopics, type Envelope } from '@orderstream/events';
import { readTopic } from '@orderstream/testing';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import type { WholeSystem } from './whole-system.ts';

/** Where every order was found, by order id; and what should not be there. */
export interface Ledger {
  /** Order ids on the topic: what Kafka holds is what was ordered, whatever the client was told. */
  readonly ordered: ReadonlySet<string>;
  readonly worker: ReadonlySet<string>;
  readonly warehouse: ReadonlySet<string>;
  readonly readModel: ReadonlySet<string>;
  /** State of each order's confirmation in the notifier's ledger. */
  readonly notifications: ReadonlyMap<string, string[]>;
  /** How many mails each order's address got. */
  readonly mails: ReadonlyMap<string, number>;
  /** Order id by its address. */
  readonly addresses: ReadonlyMap<string, string>;
  readonly outboxPending: number;
  readonly deadLetters: number;
}

type Created = Envelope<string, { order_id: string; contact: { email: string } }>;

export async function readLedger(system: WholeSystem): Promise<Ledger> {
  process.env['KAFKA_BROKERS'] = system.platform.kafkaBrokers;
  const records = await readTopic('orders', { deadlineMs: 60_000 });
  const created = records
    .filter(({ headers }) => headers['event-type'] === 'order.created')
    .map(({ value }) => JSON.parse(value as string) as Created);
  const rows = <Row extends object>(
    database: 'worker' | 'analytics' | 'order_api' | 'notifier',
    text: string,
  ) => query<Row>(system.platform.databaseUrl(database), text);
  const ids = async (database: 'worker' | 'analytics' | 'order_api', table: string): Promise<Set<string>> =>
    new Set(
      (
        await rows<{ order_id: string }>(database, `SELECT order_id FROM ${table} WHERE status = 'confirmed'`)
      ).map(({ order_id }) => order_id),
    );
  const notifications = new Map<string, string[]>();
  for (const row of await rows<{ order_id: string; state: string }>(
    'notifier',
    'SELECT order_id, state FROM notifier.notifications',
  )) {
    notifications.set(row.order_id, [...(notifications.get(row.order_id) ?? []), row.state]);
  }
  return {
    ordered: new Set(created.map(({ payload }) => payload.order_id)),
    worker: await ids('worker', 'worker.orders'),
    warehouse: await ids('analytics', 'warehouse.orders'),
    readModel: await ids('order_api', 'order_api.orders'),
    notifications,
    mails: await mailsByAddress(system),
    addresses: new Map(created.map(({ payload }) => [payload.contact.email, payload.order_id])),
    outboxPending: Number(
      (
        await rows<{ n: string }>('worker', 'SELECT coalesce(sum(record_count), 0) AS n FROM worker.outbox')
      )[0]?.n,
    ),
    deadLetters: await deadLetters(system),
  };
}

/** What breaks the promise, in words; empty when it was kept. */
export function brokenPromises(ledger: Ledger, acceptedIds: readonly string[]): string[] {
  const broken: string[] = [];
  const report = (what: string, orders: readonly string[]): void => {
    if (orders.length > 0) broken.push(`${orders.length} × ${what}, as ${orders.slice(0, 3).join(', ')}`);
  };
  const ordered = [...ledger.ordered];
  report(
    'accepted, but not on the topic',
    acceptedIds.filter((id) => !ledger.ordered.has(id)),
  );
  for (const place of ['worker', 'warehouse', 'readModel'] as const) {
    report(
      `ordered, but not confirmed in ${place}`,
      ordered.filter((id) => !ledger[place].has(id)),
    );
    report(
      `in ${place}, but never ordered`,
      [...ledger[place]].filter((id) => !ledger.ordered.has(id)),
    );
  }
  report(
    'without a row in the send ledger',
    ordered.filter((id) => ledger.notifications.get(id) === undefined),
  );
  report(
    'with several rows in the send ledger',
    ordered.filter((id) => (ledger.notifications.get(id)?.length ?? 0) > 1),
  );
  for (const [email, id] of ledger.addresses) {
    const state = ledger.notifications.get(id)?.[0];
    const mails = ledger.mails.get(email) ?? 0;
    if (state === 'sent' && mails !== 1) broken.push(`${id} counts as mailed, ${mails} mails arrived`);
    if (state === 'unknown' && mails > 1) broken.push(`${id} is of unknown outcome, ${mails} mails arrived`);
    if (state !== 'sent' && state !== 'unknown')
      broken.push(`${id} is ${state ?? 'missing'} in the send ledger`);
  }
  if (ledger.outboxPending > 0) broken.push(`${ledger.outboxPending} events still in the outbox`);
  if (ledger.deadLetters > 0) broken.push(`${ledger.deadLetters} dead letters`);
  return broken;
}

async function query<Row extends object>(url: string, text: string): Promise<Row[]> {
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
