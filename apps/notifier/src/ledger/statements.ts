/** In the order of the parameters' arrays. Both unique indexes may say "known already". */
export const ADD = {
  name: 'add-notifications',
  text: `
    INSERT INTO notifications (event_id, channel, recipient, template, order_id, data, message_id,
                               state, next_attempt_at, reason_code)
    SELECT planned.*,
           CASE WHEN recipient IS NULL THEN 'suppressed' ELSE 'queued' END,
           CASE WHEN recipient IS NOT NULL THEN now() END,
           CASE WHEN recipient IS NULL THEN 'no-recipient' END
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::jsonb[], $7::text[])
           AS planned(event_id, channel, recipient, template, order_id, data, message_id)
        ON CONFLICT DO NOTHING
    RETURNING channel, state`,
};

/**
 * ARRAY(…) runs the inner query once, before anything is updated; as a join PostgreSQL may run it again and lock more than the limit.
 * SKIP LOCKED: what another sender is claiming at this moment is not waited for.
 */
export const CLAIM = {
  name: 'claim-notifications',
  text: `
    UPDATE notifications
       SET state = 'sending', attempts = attempts + 1, claimed_by = $2, claimed_at = clock_timestamp(),
           next_attempt_at = NULL, updated_at = now()
     WHERE notification_id = ANY (ARRAY(
             SELECT notification_id FROM notifications
              WHERE state = 'queued' AND channel = $1 AND next_attempt_at <= now()
              ORDER BY next_attempt_at
              LIMIT $3
                FOR UPDATE SKIP LOCKED))
    RETURNING notification_id, event_id, channel, recipient, template, order_id, data, message_id, attempts,
              (extract(epoch FROM now() - created_at) * 1000)::double precision AS age_ms`,
};

/** Also from 'unknown': a sender that was believed dead reports after all, and what it knows is worth more than a guess. */
export const SETTLE = {
  name: 'settle-notifications',
  text: `
    UPDATE notifications AS notification
       SET state = ended.state, reason_code = ended.reason_code, reason_status = ended.reason_status,
           next_attempt_at = CASE WHEN ended.state = 'queued' THEN now() + ended.delay_ms * interval '1 ms' END,
           updated_at = now()
      FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[])
           AS ended(notification_id, attempts, state, delay_ms, reason_code, reason_status)
     WHERE notification.notification_id = ended.notification_id
       AND notification.attempts = ended.attempts
       AND notification.state IN ('sending', 'unknown')`,
};

export const GIVE_BACK = `
  UPDATE notifications SET state = 'queued', next_attempt_at = now(), updated_at = now()
   WHERE state = 'sending' AND channel = $1 AND claimed_by = $2 AND NOT notification_id = ANY ($3::bigint[])`;

export const EXPIRE = `
  UPDATE notifications SET state = 'unknown', reason_code = 'sender-lost', reason_status = NULL, updated_at = now()
   WHERE state = 'sending' AND channel = $1 AND claimed_at < now() - $2 * interval '1 ms'`;

export const LIST_OPEN = `
  SELECT channel, 'queued' AS state, count(*)::integer AS count,
         coalesce(extract(epoch FROM now() - min(next_attempt_at) FILTER (WHERE next_attempt_at <= now())), 0)
           ::double precision AS oldest_due_seconds
    FROM notifications WHERE state = 'queued' GROUP BY channel
  UNION ALL
  SELECT channel, 'sending', count(*)::integer, 0 FROM notifications WHERE state = 'sending' GROUP BY channel
  UNION ALL
  SELECT channel, state, count(*)::integer, 0 FROM notifications WHERE state IN ('unknown', 'failed') GROUP BY channel, state`;
