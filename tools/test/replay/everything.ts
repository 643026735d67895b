import { deadLetterTopic, sourceTopics } from '@orderstream/events';
import { eventually } from '@orderstream/testing';
import type { Admin } from 'kafkajs';
import type { DatabaseName } from '../../src/platform/index.ts';
import { DATABASE_OF } from '../../src/order/service-databases.ts';
import { asAdmin } from '../log/records.ts';
import type { SmallSystem } from '../operations/small-system.ts';

/** Whatever a replay could do again, or undo. */
export interface Everything {
  /** Records by topic. */
  readonly log: Readonly<Record<string, number>>;
  /** Rows as text, by table. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** Who got mails and SMS, each as often as they did. */
  readonly mails: readonly string[];
  readonly sms: readonly string[];
}

const TABLES: Readonly<Record<DatabaseName, readonly string[]>> = {
  order_api: ['order_api.orders', 'order_api.order_events'],
  worker: ['worker.orders', 'worker.payments', 'worker.cancellations', 'worker.dead_letters'],
  analytics: [
    ...[
      'orders',
      'order_items',
      'revenue_per_minute',
      'product_sales',
      'payments',
      'payments_per_minute',
      'users',
    ],
    ...[
      'web_events',
      'web_events_per_minute',
      'sessions',
      'funnel_per_minute',
      'product_interest',
      'fraud_suspicions',
    ],
  ].map((name) => `warehouse.${name}`),
  notifier: ['notifier.notifications', 'notifier.customers', 'notifier.orders'],
};
/** Every topic that a group of the services writes to. */
const TOPICS = sourceTopics.flatMap(({ name, groups }) => [
  name,
  ...groups.map((group) => deadLetterTopic(name, group)),
]);

const DATABASES = Object.keys(TABLES) as DatabaseName[];

export async function everything(system: SmallSystem): Promise<Everything> {
  const tables = await Promise.all(DATABASES.map((database) => linesOf(system, database)));
  const ends = await asAdmin((admin) => logEnds(admin, TOPICS));
  const log = Object.fromEntries(
    [...ends].map(([topic, partitions]) => [
      topic,
      Object.values(partitions).reduce((sum, end) => sum + end, 0),
    ]),
  );
  return {
    log,
    tables: Object.assign({}, ...tables) as Everything['tables'],
    mails: await recipients(system.mailbox.url),
    sms: await recipients(system.sms.url),
  };
}

/** Of one database, by table. */
async function linesOf(system: SmallSystem, database: DatabaseName): Promise<Record<string, string[]>> {
  const names = TABLES[database];
  const each = names.map((name) => `SELECT '${name}' AS name, t::text AS line FROM ${name} t`);
  const rows = await system.rows<{ name: string; line: string }>(
    database,
    `SELECT name, line FROM (${each.join(' UNION ALL ')}) AS lines ORDER BY line COLLATE "C"`,
  );
  const byName = Map.groupBy(rows, ({ name }) => name);
  return Object.fromEntries(
    names.map((name) => [name, (byName.get(name) ?? []).map(({ line }) => line)] as const),
  );
}

/** Resolves once every group stands at the end of every topic, and nothing waits to be published or sent. */
export function untilQuiet(system: SmallSystem): Promise<unknown> {
  const names = sourceTopics.map(({ name }) => name);
  return asAdmin((admin) =>
    eventually(
      async () => {
        const before = await logEnds(admin, names);
        for (const database of DATABASES) {
          const wanted = sourceTopics.flatMap(({ name, groups }) =>
            groups
              .filter((group) => DATABASE_OF[group] === database)
              .map((group) => [`${group} ${name}`, before.get(name)] as const),
          );
          const { positions, waiting } = await standing(system, database);
          const found = wanted.map(([pair]) => [pair, positions.get(pair) ?? {}]);
          expect([database, found, waiting]).toEqual([database, wanted, 0]);
        }
        // What was emitted meanwhile has been published, and shows here.
        expect(await logEnds(admin, names)).toEqual(before);
      },
      { deadlineMs: 60_000, intervalMs: 250 },
    ),
  );
}

/** The next offset by partition. */
type Offsets = Record<string, number>;

/** Of partitions that have records: nobody has a position in the others. */
async function logEnds(admin: Admin, topics: readonly string[]): Promise<Map<string, Offsets>> {
  const ends = new Map<string, Offsets>();
  for (const topic of topics) {
    const used = (await admin.fetchTopicOffsets(topic)).filter(({ high }) => high !== '0');
    ends.set(topic, Object.fromEntries(used.map(({ partition, high }) => [partition, Number(high)])));
  }
  return ends;
}

/** Where the groups of a database stand, and how much of theirs has still to be published or sent. */
async function standing(
  system: SmallSystem,
  database: DatabaseName,
): Promise<{ positions: Map<string, Offsets>; waiting: number }> {
  const unsent = "SELECT 1 FROM notifier.notifications WHERE state IN ('queued', 'sending')";
  const [found] = await system.rows<{ positions: Record<string, Offsets> | null; waiting: number }>(
    database,
    `SELECT (SELECT json_object_agg(pair, offsets) FROM (
               SELECT consumer_group || ' ' || topic AS pair, json_object_agg(partition, next_offset) AS offsets
                 FROM ${database}.consumer_positions WHERE next_offset > 0 GROUP BY 1) AS positions) AS positions,
            (SELECT count(*)::int FROM (
               SELECT 1 FROM ${database}.outbox ${database === 'notifier' ? `UNION ALL ${unsent}` : ''}) AS work) AS waiting`,
  );
  return { positions: new Map(Object.entries(found?.positions ?? {})), waiting: found?.waiting ?? 0 };
}

async function recipients(catcherUrl: string): Promise<string[]> {
  const answer = await fetch(new URL('/api/v1/messages?limit=1000', catcherUrl));
  const { messages } = (await answer.json()) as { messages: { to: string | string[] }[] };
  return messages.flatMap(({ to }) => to).sort();
}
