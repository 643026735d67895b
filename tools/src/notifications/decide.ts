import type pg from 'pg';
import type { Notification } from './notification.ts';
import type { State } from './selection.ts';

export interface Decided {
  readonly action: 'resend' | 'mark';
  readonly as: State;
  readonly by: string;
  readonly why: string;
}

/**
 * Only rows that still are as they were shown; `attempts` tells one claim from the next. An SMS that may have gone out is asked for at the
 * gateway before it is sent again, unless somebody has said what became of it. Of a customer who was erased it can still be said what
 * became of the message: there is nobody left to send it to, and that needs nobody.
 */
const CHANGE = `
  WITH changed AS (
    UPDATE notifications AS notification
       SET state = $4, updated_at = now(), next_lookup_at = NULL, lookups = 0,
           next_attempt_at = CASE WHEN $4 = 'queued' THEN now() END,
           deferred_since = CASE WHEN $4 <> 'queued' THEN deferred_since END,
           is_in_doubt = CASE WHEN $4 = 'sent' OR $4 = 'failed' AND shown.state = 'unknown' THEN false
             ELSE is_in_doubt OR $4 = 'unknown' AND channel = 'sms' END,
           reason_code = CASE WHEN $4 IN ('queued', 'sent') THEN NULL ELSE coalesce(reason_code, 'decided') END,
           reason_status = CASE WHEN $4 IN ('queued', 'sent') THEN NULL ELSE reason_status END
      FROM unnest($1::bigint[], $2::text[], $3::integer[]) AS shown(notification_id, state, attempts)
     WHERE notification.notification_id = shown.notification_id AND notification.state = shown.state
       AND notification.attempts = shown.attempts AND ($4 <> 'queued' OR notification.erased_at IS NULL)
    RETURNING notification.notification_id, shown.state AS state_before
  )
  INSERT INTO decisions (notification_id, action, state_before, state_after, decided_by, why)
  SELECT notification_id, $5, state_before, $4, $6, $7 FROM changed
  RETURNING notification_id`;

/** Changes the rows and writes down who said so and why, in one statement. @returns the ids of those that were changed */
export async function decide(
  client: pg.Client,
  notifications: readonly Notification[],
  { action, as, by, why }: Decided,
): Promise<Set<string>> {
  const { rows } = await client.query<{ notification_id: string }>(CHANGE, [
    notifications.map(({ notification_id }) => notification_id),
    notifications.map(({ state }) => state),
    notifications.map(({ attempts }) => attempts),
    ...[as, action, by, why],
  ]);
  return new Set(rows.map(({ notification_id }) => notification_id));
}
