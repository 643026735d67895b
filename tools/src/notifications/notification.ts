import type pg from 'pg';
import { withoutContacts } from '../log/masked.ts';
import { OperationRefused } from '../log/operation-refused.ts';
import { conditionOf, type SelectionFlags, type State } from './selection.ts';

/** A row of the send ledger. */
export interface Notification {
  readonly notification_id: string;
  readonly event_id: string;
  readonly channel: string;
  readonly recipient: string | null;
  readonly template: string;
  readonly state: State;
  readonly reason_code: string | null;
  readonly reason_status: string | null;
  readonly attempts: number;
  readonly order_id: string | null;
  readonly customer_id: string | null;
  readonly message_id: string;
  readonly gateway_id: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly erased_at: Date | null;
}

export interface Count {
  readonly channel: string;
  readonly template: string;
  readonly state: State;
  readonly reason_code: string | null;
  readonly count: number;
  readonly oldest: Date;
  readonly newest: Date;
}

export interface Decision {
  readonly action: 'resend' | 'mark';
  readonly state_before: State;
  readonly state_after: State;
  readonly decided_by: string;
  readonly why: string;
  readonly decided_at: Date;
}

const COLUMNS = `notification_id, event_id, channel, recipient, template, state, reason_code, reason_status, attempts, order_id,
  customer_id, message_id, gateway_id, created_at, updated_at, erased_at`;

/** The shape of a notification for `--help`. */
export const NOTIFICATION_SHAPE =
  'notification_id, event_id, channel, recipient, template, state, reason_code, reason_status, attempts, order_id, customer_id, ' +
  'message_id, gateway_id, created_at, updated_at, erased_at';

/** Newest first. */
export async function readNotifications(
  client: pg.Client,
  flags: SelectionFlags,
  limit?: number,
): Promise<Notification[]> {
  const { text, values } = conditionOf(flags);
  const cut = limit === undefined ? '' : ` LIMIT ${limit}`;
  const { rows } = await client.query<Notification>(
    `SELECT ${COLUMNS} FROM notifications WHERE ${text} ORDER BY notification_id DESC${cut}`,
    [...values],
  );
  return rows;
}

export async function countNotifications(client: pg.Client, flags: SelectionFlags): Promise<Count[]> {
  const { text, values } = conditionOf(flags);
  const { rows } = await client.query<Count>(
    `SELECT channel, template, state, reason_code, count(*)::float8 AS count, min(created_at) AS oldest, max(created_at) AS newest
       FROM notifications WHERE ${text} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
    [...values],
  );
  return rows;
}

/** One notification with what it is made of and what people decided of it. @throws OperationRefused when there is none */
export async function readNotification(
  client: pg.Client,
  id: string,
): Promise<{
  notification: Notification & { readonly data: unknown; readonly locale: string };
  decisions: Decision[];
}> {
  const found = await client.query<Notification & { data: unknown; locale: string }>(
    `SELECT ${COLUMNS}, locale, data, about, happened_at, next_attempt_at, claimed_by, claimed_at, lookups, next_lookup_at
       FROM notifications WHERE notification_id = $1`,
    [id],
  );
  const [notification] = found.rows;
  if (notification === undefined)
    throw new OperationRefused(
      `There is no notification ${id}. \`orderstream notifications list\` shows what there is.`,
    );
  const { rows: decisions } = await client.query<Decision>(
    `SELECT action, state_before, state_after, decided_by, why, decided_at FROM decisions WHERE notification_id = $1
      ORDER BY decision_id`,
    [id],
  );
  return { notification, decisions };
}

/** As it may be shown. */
export function shown<Row extends object>(
  row: Row,
  { showContacts = false }: { showContacts?: boolean },
): Row {
  const plain = JSON.parse(JSON.stringify(row)) as Row;
  return showContacts ? plain : (withoutContacts(plain) as Row);
}
