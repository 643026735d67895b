/** Messages of one order that go out one after the other; those about no order have nothing in common. */
const isOfSameOrder = (one: string, other: string): string =>
  `${one}.order_id = ${other}.order_id AND ${one}.channel = ${other}.channel AND ${one}.recipient = ${other}.recipient`;

/** The nearest one before is looked at first: of an order with hundreds of messages that is one look for each that waits. */
const NEAREST_FIRST = 'ORDER BY earlier.happened_at DESC, earlier.notification_id DESC LIMIT 1';

/**
 * In the order of the parameters' arrays. What has to wait for an earlier message of its order is not due before that one (PUT_BEHIND).
 * Without a name, as CLAIM: a plan from when the table was small would read all of it for each message.
 */
const addWhere = (condition: string): string => `
    INSERT INTO notifications (event_id, channel, recipient, template, data, locale, order_id, customer_id, about, happened_at,
                               message_id, state, reason_code, reason_status, next_attempt_at, next_lookup_at, is_in_doubt)
    SELECT event_id, channel, recipient, template, data, locale, order_id, customer_id, about, happened_at,
           message_id, state, reason_code, reason_status,
           CASE WHEN state = 'queued' THEN greatest(now(), (
             SELECT earlier.next_attempt_at FROM notifications AS earlier
              WHERE ${isOfSameOrder('earlier', 'planned')} AND earlier.state = 'queued'
                AND earlier.happened_at <= planned.happened_at
              ${NEAREST_FIRST})) END,
           CASE WHEN state = 'unknown' AND channel = 'sms' THEN now() END,
           state = 'unknown' AND channel = 'sms'
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::text[], $7::uuid[], $8::text[], $9::text[],
                  $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::text[]) WITH ORDINALITY
           AS planned(event_id, channel, recipient, template, data, locale, order_id, customer_id, about, happened_at,
                      message_id, state, reason_code, reason_status, place)
     WHERE ${condition}
     ORDER BY place
        ON CONFLICT DO NOTHING
    RETURNING channel, state`;

/**
 * All messages of an event are entered at once: one that is known already gets no others, although there may be an address, a number or an
 * operator by now that was not there then.
 */
export const ADD = addWhere(`event_id <> ALL (ARRAY(SELECT known.event_id FROM notifications AS known
                                   WHERE known.event_id = ANY ($1::uuid[])))`);

/** Beside what their events have entered already. */
export const ADD_BESIDE = addWhere('true');

/** Not what another event has told about meanwhile; of several that say the same only the first. */
const IS_UNTOLD = `NOT EXISTS (SELECT FROM notifications AS told
  WHERE told.about = notification.about AND told.template = notification.template AND told.channel = notification.channel
    AND told.state <> 'suppressed')`;

export const FIND_WITHOUT_ORDER = {
  name: 'find-notifications-without-order',
  text: `
    SELECT DISTINCT ON (about, template, channel)
           notification_id, template, data, order_id, customer_id, reason_status
      FROM notifications AS notification
     WHERE order_id = ANY ($1::uuid[]) AND state = 'suppressed' AND reason_code = 'order-unknown' AND ${IS_UNTOLD}
     ORDER BY about, template, channel, notification_id`,
};

/** Of what happened before somebody registered nobody has to hear. Two services' clocks are compared: they may differ by some minutes. */
const isAfter = (registration: string): string => `happened_at >= ${registration} - interval '5 minutes'`;

/** Somebody who registers again was to be told before that, too. */
const FIRST_REGISTRATION = 'least(customers.registered_at, arrived.first_registered_at)';

/** What arrived tells since when there was a number only where nothing newer is known: in between there may have been none. */
const SINCE_WITH_NUMBER = `CASE WHEN arrived.registered_at = customers.registered_at THEN arrived.number_since
  ELSE customers.registered_at END`;

export const FIND_WITHOUT_CUSTOMER = {
  name: 'find-notifications-without-customer',
  text: `
    SELECT DISTINCT ON (about, template, channel)
           notification_id, template, data, order_id, customer_id, reason_status
      FROM notifications AS notification JOIN customers USING (customer_id)
      JOIN unnest($1::text[], $2::timestamptz[]) AS arrived(customer_id, first_registered_at) USING (customer_id)
     WHERE channel = 'email' AND state = 'suppressed' AND reason_code = 'no-recipient' AND erased_at IS NULL
       AND ${isAfter(FIRST_REGISTRATION)} AND ${IS_UNTOLD}
     ORDER BY about, template, channel, notification_id`,
};

/** The mails of what is told by SMS as well, and was not, as no number was known then. */
export const FIND_WITHOUT_NUMBER = {
  name: 'find-notifications-without-number',
  text: `
    SELECT DISTINCT ON (about, template)
           event_id, template, data, order_id, customer_id, about,
           to_char(happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS happened_at,
           reason_code IS NOT DISTINCT FROM 'database-restored' AS was_handled_before
      FROM notifications AS mail JOIN customers USING (customer_id)
      JOIN unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) AS arrived(customer_id, registered_at, number_since)
           USING (customer_id)
     WHERE channel = 'email' AND template = ANY ($4::text[])
       AND customers.phone IS NOT NULL AND erased_at IS NULL AND ${isAfter(SINCE_WITH_NUMBER)}
       AND NOT EXISTS (SELECT FROM notifications AS sms
                        WHERE sms.order_id = mail.order_id AND sms.template = mail.template AND sms.channel = 'sms')
     ORDER BY about, template, notification_id`,
};

export const REVISE = {
  name: 'revise-notifications',
  text: `
    UPDATE notifications AS notification
       SET recipient = revised.recipient, customer_id = revised.customer_id, data = revised.data, locale = revised.locale,
           state = revised.state, reason_code = revised.reason_code, reason_status = NULL,
           next_attempt_at = CASE WHEN revised.state = 'queued' THEN now() END, updated_at = now()
      FROM unnest($1::bigint[], $2::text[], $3::text[], $4::jsonb[], $5::text[], $6::text[], $7::text[])
           AS revised(notification_id, recipient, customer_id, data, locale, state, reason_code)
     WHERE notification.notification_id = revised.notification_id AND notification.state = 'suppressed'
    RETURNING channel, notification.state`,
};

/**
 * The day from which the gateway's list may hold the message: the event's, if that is older, as a database that is gone may have sent it.
 * Clocks may differ by an hour.
 */
const SENT_SINCE = `to_char((least(created_at, happened_at) - interval '1 hour') AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS sent_since`;

const isEarlier = (one: string, other: string): string =>
  `(${one}.happened_at, ${one}.notification_id) < (${other}.happened_at, ${other}.notification_id)`;

/** Whatever ends the time of "not now" sets only `deferred_since` back. */
const DEFERRALS = 'CASE WHEN deferred_since IS NULL THEN 0 ELSE deferrals END';

/**
 * ARRAY(…) runs the inner query once, before anything is updated; as a join PostgreSQL may run it again and lock more than the limit.
 * SKIP LOCKED: what another sender is claiming at this moment is not waited for.
 *
 * An order's messages go out in the order of what happened: one waits while an earlier one to the same recipient is queued or being sent,
 * also when another sender is claiming or settling that one at this moment and has not committed. OFFSET 0 keeps PostgreSQL from making
 * a join of it, for which it might read the whole ledger: so it is one look into an index for each row that is due. Without a name, so
 * that it is planned anew each time: a plan from when the table was small would read all of it for each of these rows.
 */
export const CLAIM = `
    UPDATE notifications
       SET state = 'sending', attempts = attempts + 1, claimed_by = $2, claimed_at = clock_timestamp(),
           next_attempt_at = NULL, updated_at = now()
     WHERE notification_id = ANY (ARRAY(
             SELECT notification_id FROM notifications AS due
              WHERE state = 'queued' AND channel = $1 AND next_attempt_at <= now()
                AND NOT EXISTS (SELECT FROM notifications AS earlier
                                 WHERE ${isOfSameOrder('earlier', 'due')} AND earlier.state IN ('queued', 'sending')
                                   AND ${isEarlier('earlier', 'due')}
                                 ${NEAREST_FIRST} OFFSET 0)
              ORDER BY next_attempt_at
              LIMIT $3
                FOR UPDATE SKIP LOCKED))
    RETURNING notification_id, channel, recipient, template, data, locale, message_id, attempts, is_in_doubt,
              coalesce(extract(epoch FROM now() - deferred_since) * 1000, 0)::double precision AS deferred_ms,
              ${DEFERRALS} AS deferrals,
              ${SENT_SINCE}`;

/**
 * Without a name, so that it is planned anew each time: a plan that is kept from when the table was empty reads all of it at every turn,
 * until the next ANALYZE. Also from 'unknown': a sender that was believed dead reports after all, and what it knows is worth more than
 * a guess.
 */
export const SETTLE = `
  UPDATE notifications AS notification
     SET state = CASE WHEN ended.state = 'queued' AND erased_at IS NOT NULL THEN 'suppressed' ELSE ended.state END,
         reason_code = ended.reason_code, reason_status = ended.reason_status,
         is_in_doubt = CASE WHEN ended.state = 'sent' OR ended.reason_code = 'not-delivered' THEN false
           ELSE notification.is_in_doubt OR channel = 'sms' AND (ended.state = 'unknown' OR ended.is_in_doubt) END,
         deferred_since = CASE ended.deferral WHEN 'goes on' THEN coalesce(deferred_since, now()) WHEN 'over' THEN NULL
           ELSE deferred_since END,
         deferrals = CASE WHEN ended.deferral = 'goes on' THEN 1 + ${DEFERRALS} ELSE deferrals END,
         gateway_id = coalesce(ended.gateway_id, notification.gateway_id),
         next_attempt_at = CASE WHEN ended.state = 'queued' AND erased_at IS NULL THEN now() + ended.delay_ms * interval '1 ms' END,
         next_lookup_at = CASE WHEN ended.state = 'unknown' AND channel = 'sms' AND erased_at IS NULL THEN now() END, lookups = 0,
         updated_at = now()
    FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[],
                $8::boolean[], $9::text[])
         AS ended(notification_id, attempts, state, delay_ms, reason_code, reason_status, gateway_id, is_in_doubt, deferral)
   WHERE notification.notification_id = ended.notification_id
     AND notification.attempts = ended.attempts
     AND notification.state IN ('sending', 'unknown')`;

/**
 * What waits for a message that was put off is not due before it: claiming passes over such rows one by one, and after an hour of "not
 * now" there may be very many. Only that depends on it, so a row that somebody else has locked is left as it is.
 */
export const PUT_BEHIND = `
  UPDATE notifications AS notification SET next_attempt_at = behind.next_attempt_at
    FROM (SELECT later.notification_id, earlier.next_attempt_at
            FROM notifications AS earlier JOIN notifications AS later
              ON ${isOfSameOrder('later', 'earlier')} AND ${isEarlier('earlier', 'later')}
           WHERE earlier.notification_id = ANY ($1::bigint[]) AND earlier.state = 'queued'
             AND later.state = 'queued' AND later.next_attempt_at < earlier.next_attempt_at
             FOR UPDATE OF later SKIP LOCKED) AS behind
   WHERE notification.notification_id = behind.notification_id`;

export const GIVE_BACK = `
  UPDATE notifications
     SET state = CASE WHEN erased_at IS NULL THEN 'queued' ELSE 'suppressed' END,
         next_attempt_at = CASE WHEN erased_at IS NULL THEN now() END, updated_at = now()
   WHERE state = 'sending' AND channel = $1 AND claimed_by = $2 AND NOT notification_id = ANY ($3::bigint[])`;

export const EXPIRE = `
  UPDATE notifications
     SET state = 'unknown', reason_code = 'sender-lost', reason_status = NULL, updated_at = now(),
         is_in_doubt = is_in_doubt OR channel = 'sms',
         next_lookup_at = CASE WHEN channel = 'sms' AND erased_at IS NULL THEN now() END, lookups = 0
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

/**
 * What may be asked for at the gateway now, each by one process: nobody else asks before `$3` ms have passed, doubled each time.
 * After the last time the row stays as it is, for a person.
 */
export const TAKE_LOOKUPS = {
  name: 'take-lookups',
  text: `
    UPDATE notifications
       SET lookups = lookups + 1,
           next_lookup_at = CASE WHEN lookups + 1 < $4 THEN now() + $3 * 2 ^ lookups * interval '1 ms' END
     WHERE notification_id = ANY (ARRAY(
             SELECT notification_id FROM notifications
              WHERE state = 'unknown' AND channel = $1 AND next_lookup_at <= now() AND recipient IS NOT NULL
              ORDER BY next_lookup_at
              LIMIT $2
                FOR UPDATE SKIP LOCKED))
    RETURNING notification_id, recipient, message_id, attempts, ${SENT_SINCE}`,
};

/** The gateway was away: this time does not count. Who was erased meanwhile is not asked about any more. */
export const RETURN_LOOKUPS = {
  name: 'return-lookups',
  text: `
    UPDATE notifications SET lookups = lookups - 1, next_lookup_at = now() + $2 * interval '1 ms'
     WHERE notification_id = ANY ($1::bigint[]) AND state = 'unknown' AND lookups > 0 AND erased_at IS NULL`,
};

/** It was asked for and is not there. */
export const NOTE_ABSENT = {
  name: 'note-absent',
  text: `
    UPDATE notifications SET reason_code = 'not-at-gateway', reason_status = NULL, updated_at = now()
     WHERE notification_id = ANY ($1::bigint[]) AND state = 'unknown' AND reason_code <> 'not-at-gateway'`,
};
