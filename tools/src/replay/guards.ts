import type { ConsumerGroup } from '@orderstream/events';
import type pg from 'pg';
import { OperationRefused } from '../log/operation-refused.ts';

interface Pair {
  readonly group: ConsumerGroup;
  readonly topic: string;
}

interface Natural {
  readonly table: string;
  readonly columns: readonly string[];
  /** Only rows of some kind are unique, which is meant so. */
  readonly isPartial?: true;
}

/** Why a group that handles a topic's records again repeats no effect, and what in its database that rests on. */
export interface Guard extends Pair {
  readonly why: string;
  /** Each a unique index or an exclusion constraint that must be there, by the columns it names. */
  readonly restsOn: readonly Natural[];
  /** What a replay does all the same that nobody may expect. */
  readonly beware?: string;
}

const LEDGER: readonly Natural[] = [
  { table: 'notifier.notifications', columns: ['event_id', 'channel', 'recipient'] },
  { table: 'notifier.notifications', columns: ['about', 'template', 'channel'], isPartial: true },
];
const SUSPICIONS: readonly Natural[] = [
  { table: 'warehouse.fraud_suspicions', columns: ['subject_type', 'subject_id', 'rule'] },
];
const COMES_BACK =
  'a customer that was erased comes back with their records: `orderstream erase` is to be run again';

/**
 * What was looked into, one by one. A group and topic that is neither here nor in REFUSALS fails a test: whoever teaches a group a new
 * topic says here why handling a record twice does nothing twice, and shows it in tools/test/replay.
 */
export const GUARDS: readonly Guard[] = [
  {
    group: 'worker',
    topic: 'orders',
    why:
      'an order that has a row in worker.orders, and a request that has one in worker.cancellations, was ruled on: nothing is changed then ' +
      'and nothing emitted, so no event is published again',
    restsOn: [
      { table: 'worker.orders', columns: ['order_id'] },
      { table: 'worker.cancellations', columns: ['event_id'] },
    ],
  },
  {
    group: 'worker',
    topic: 'payments',
    why: 'an outcome of a payment that has a row in worker.payments was ruled on, or waits for its order: it changes nothing and emits nothing',
    restsOn: [{ table: 'worker.payments', columns: ['payment_id', 'outcome'] }],
  },
  {
    group: 'notifier',
    topic: 'orders',
    why: 'the send ledger has one row for each event, channel and recipient, and one for each thing that an order is told once; only new rows are sent',
    restsOn: LEDGER,
    beware: COMES_BACK,
  },
  {
    group: 'notifier',
    topic: 'payments',
    why: 'the send ledger has one row for each event, channel and recipient, and one for each attempt to pay that failed; only new rows are sent',
    restsOn: LEDGER,
  },
  {
    group: 'notifier',
    topic: 'users',
    why: 'the send ledger has one row for each event, channel and recipient, and one welcome for each customer; only new rows are sent. The newest registration counts',
    restsOn: [...LEDGER, { table: 'notifier.customers', columns: ['customer_id'] }],
    beware: COMES_BACK,
  },
  {
    group: 'order-api',
    topic: 'orders',
    why: "the read model's steps have the event's id as their key, and a step that is there is left out; it emits nothing",
    restsOn: [{ table: 'order_api.order_events', columns: ['event_id'] }],
  },
  {
    group: 'analytics',
    topic: 'orders',
    why: "a fact has its order's id as its key, each of its times is set once, and only what is set then is counted; it emits nothing",
    restsOn: [{ table: 'warehouse.orders', columns: ['order_id'] }],
  },
  {
    group: 'analytics',
    topic: 'payments',
    why: 'a fact has payment and outcome as its key, and only a new one is counted; it emits nothing',
    restsOn: [{ table: 'warehouse.payments', columns: ['payment_id', 'outcome'] }],
  },
  {
    group: 'analytics',
    topic: 'users',
    why: 'a user has one row, in which the newest registration stays; it emits nothing',
    restsOn: [{ table: 'warehouse.users', columns: ['user_id'] }],
    beware: COMES_BACK,
  },
  {
    group: 'analytics',
    topic: 'web-events',
    // The warehouse keeps them for 15 days at least (WEB_EVENTS_RETENTION), the topic for 7, and what it takes is 7 days old at most.
    why: 'a fact has the id and time of its event as its key, and stays for longer than its record does; only a new one is counted. It emits nothing',
    restsOn: [{ table: 'warehouse.web_events', columns: ['event_id', 'occurred_at'] }],
  },
  {
    group: 'fraud',
    topic: 'orders',
    why: 'of one subject and rule no two suspicions are kept whose windows overlap, and only one that is new becomes an alert',
    restsOn: [...SUSPICIONS, { table: 'analytics.fraud_orders', columns: ['order_id'] }],
    beware:
      'what is judged is what is remembered today: orders beside what is past FRAUD_RETENTION, or past a limit that was changed, may be suspected for the first time',
  },
  {
    group: 'fraud',
    topic: 'payments',
    why: 'of one subject and rule no two suspicions are kept whose windows overlap, and only one that is new becomes an alert',
    restsOn: [
      ...SUSPICIONS,
      { table: 'analytics.fraud_marks', columns: ['rule', 'subject_id', 'happened_at', 'member'] },
    ],
    beware: 'a limit that was changed may be passed for the first time',
  },
];

/** What was looked into and must not be. */
export const REFUSALS: readonly (Pair & { readonly whyNot: string })[] = [
  {
    group: 'notifier',
    topic: 'alerts',
    whyNot:
      'an alert of then asks nobody to do anything now; where the ledger is a new one, operators would get every old alert as a new one',
  },
];

// An index on more than columns has a 0 for each expression in indkey: of an exclusion constraint the columns alone are compared.
const UNIQUE_INDEX = `
  SELECT 1 FROM pg_index i
   WHERE i.indrelid = to_regclass($1) AND (i.indisunique OR i.indisexclusion) AND i.indisvalid
     AND (i.indpred IS NULL OR $3)
     AND (SELECT array_agg(a.attname::text ORDER BY a.attname)
            FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)) = $2::text[]`;

/** Why the group repeats nothing. @throws OperationRefused when that is not so, not known, or what it rests on is not there */
export async function requireGuard(client: pg.Client, group: string, topic: string): Promise<Guard> {
  const isOf = (pair: Pair) => pair.group === group && pair.topic === topic;
  const refusal = REFUSALS.find(isOf);
  if (refusal !== undefined)
    throw new OperationRefused(`${group} does not handle ${topic} again: ${refusal.whyNot}.`);
  const guard = GUARDS.find(isOf);
  if (guard === undefined) {
    throw new OperationRefused(
      `Nobody has shown that ${group} repeats no effect when it handles ${topic} again. That is to be shown first (tools/src/replay/guards.ts).`,
    );
  }
  for (const { table, columns, isPartial = false } of guard.restsOn) {
    const { rowCount } = await client.query(UNIQUE_INDEX, [table, [...columns].sort(), isPartial]);
    if (rowCount !== 0) continue;
    throw new OperationRefused(
      `${table} has no unique index on (${columns.join(', ')}): without it a replay would repeat effects.`,
    );
  }
  return guard;
}
