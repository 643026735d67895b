import { deadLetterTopic, sourceTopics } from '@orderstream/events';
import { eventually } from '@orderstream/testing';
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

export async function everything(system: SmallSystem): Promise<Everything> {
  const tables: Record<string, string[]> = {};
  for (const [database, names] of Object.entries(TABLES) as [DatabaseName, readonly string[]][]) {
    for (const name of names) {
      const rows = await system.rows<{ line: string }>(
        database,
        `SELECT t::text AS line FROM ${name} t ORDER BY t::text COLLATE "C"`,
      );
      tables[name] = rows.map(({ line }) => line);
    }
  }
  const ends = await logEnds(TOPICS);
  const log = Object.fromEntries(
    [...ends].map(([topic, partitions]) => [
      topic,
      [...partitions.values()].reduce((sum, end) => sum + end, 0),
    ]),
  );
  return { log, tables, mails: await recipients(system.mailbox.url), sms: await recipients(system.sms.url) };
}

/** Resolves once every group stands at the end of every topic, and nothing waits to be published or sent. */
export function untilQuiet(system: SmallSystem): Promise<unknown> {
  return eventually(
    async () => {
      const before = await logEnds(sourceTopics.map(({ name }) => name));
      for (const { name, groups } of sourceTopics) {
        for (const group of groups) {
          expect([group, name, await positions(system, group, name)]).toEqual([
            group,
            name,
            before.get(name),
          ]);
        }
      }
      for (const database of Object.keys(TABLES) as DatabaseName[]) {
        const waiting = await system.rows(database, `SELECT 1 FROM ${database}.outbox`);
        expect([database, waiting.length]).toEqual([database, 0]);
      }
      const unsent = "SELECT 1 FROM notifier.notifications WHERE state IN ('queued', 'sending')";
      expect(await system.rows('notifier', unsent)).toEqual([]);
      // What was emitted meanwhile has been published, and shows here.
      expect(await logEnds(before.keys())).toEqual(before);
    },
    { deadlineMs: 60_000, intervalMs: 200 },
  );
}

/** Of partitions that have records: nobody has a position in the others. */
async function logEnds(topics: Iterable<string>): Promise<Map<string, Map<number, number>>> {
  return asAdmin(async (admin) => {
    const ends = new Map<string, Map<number, number>>();
    for (const topic of topics) {
      const found = await admin.fetchTopicOffsets(topic);
      const used = found.filter(({ high }) => high !== '0').sort((a, b) => a.partition - b.partition);
      ends.set(topic, new Map(used.map(({ partition, high }) => [partition, Number(high)])));
    }
    return ends;
  });
}

async function positions(
  system: SmallSystem,
  group: keyof typeof DATABASE_OF,
  topic: string,
): Promise<Map<number, number>> {
  const database = DATABASE_OF[group];
  const rows = await system.rows<{ partition: number; next: number }>(
    database,
    `SELECT partition, next_offset::int AS next FROM ${database}.consumer_positions
      WHERE consumer_group = $1 AND topic = $2 AND next_offset > 0 ORDER BY partition`,
    [group, topic],
  );
  return new Map(rows.map(({ partition, next }) => [partition, next]));
}

async function recipients(catcherUrl: string): Promise<string[]> {
  const answer = await fetch(new URL('/api/v1/messages?limit=1000', catcherUrl));
  const { messages } = (await answer.json()) as { messages: { to: string | string[] }[] };
  return messages.flatMap(({ to }) => to).sort();
}
