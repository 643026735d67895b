import type pg from 'pg';
import { OperationRefused } from '../log/operation-refused.ts';

/** Why a group that handles a topic's records again repeats no effect, and what in its database that rests on. */
export interface Guard {
  readonly group: string;
  readonly topic: string;
  readonly why: string;
  /** A unique index that must be there. */
  readonly table: string;
  readonly columns: readonly string[];
}

/**
 * What was looked into, one by one. A group and topic that is missing here is not replayed: whoever teaches a group a new topic says here
 * why handling a record twice does nothing twice, and shows it as tools/test/replay does.
 */
export const GUARDS: readonly Guard[] = [
  {
    group: 'worker',
    topic: 'orders',
    why: 'an order that has a row in worker.orders was ruled on: its state machine changes nothing then and emits nothing, so no event is published again',
    table: 'worker.orders',
    columns: ['order_id'],
  },
  {
    group: 'notifier',
    topic: 'orders',
    why: 'the send ledger has one row for each event, channel and recipient; an event that is in it adds none, and only new rows are sent, so no mail or SMS goes out again',
    table: 'notifier.notifications',
    columns: ['event_id', 'channel', 'recipient'],
  },
  {
    group: 'order-api',
    topic: 'orders',
    why: "the read model's steps have the event's id as their key, and a step that is there is left out; it emits nothing",
    table: 'order_api.order_events',
    columns: ['event_id'],
  },
  {
    group: 'analytics',
    topic: 'orders',
    why: "a fact has its order's id as its key, and each of its times is set once; it emits nothing",
    table: 'warehouse.orders',
    columns: ['order_id'],
  },
];

const UNIQUE_INDEX = `
  SELECT 1 FROM pg_index i
   WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
     AND (SELECT array_agg(a.attname::text ORDER BY a.attname)
            FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)) = $2::text[]`;

/** Why the group repeats nothing. @throws OperationRefused when that is not known, or what it rests on is not there */
export async function requireGuard(client: pg.Client, group: string, topic: string): Promise<Guard> {
  const guard = GUARDS.find((each) => each.group === group && each.topic === topic);
  if (guard === undefined) {
    throw new OperationRefused(
      `Nobody has shown that ${group} repeats no effect when it handles ${topic} again. That is to be shown first (tools/src/replay/guards.ts).`,
    );
  }
  const { rowCount } = await client.query(UNIQUE_INDEX, [guard.table, [...guard.columns].sort()]);
  if (rowCount !== 0) return guard;
  throw new OperationRefused(
    `${guard.table} has no unique index on (${guard.columns.join(', ')}): without it a replay would repeat effects.`,
  );
}
