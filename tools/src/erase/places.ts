import type { DatabaseName } from '../platform/index.ts';

/** Rows that hold something of a customer, and what is done with them. `$1`: the customer's id; `$2`: their addresses and numbers. */
export interface Place {
  readonly table: string;
  readonly what: string;
  readonly where: string;
  /** What is overwritten; without it the rows are deleted. */
  readonly set?: string;
}

export interface ServicePlaces {
  readonly database: DatabaseName;
  readonly places: readonly Place[];
  /** Rows that cannot be touched now: as long as there are any, the customer is not erased. */
  readonly waiting: readonly (Place & { readonly until: string })[];
  /** Copies that a rebuild may have left, and how they go. */
  readonly leftovers?: { readonly schemas: readonly string[]; readonly how: string };
}

/** JSON text whose every `"` begins or ends a string: what somebody wrote cannot look like a member of what it stands in. */
const DELIMITED = (json: string): string => `replace(${json}, '\\"', '\\q')`;
/** One of the strings in it is an address or a number of theirs, whole, in whatever case: `a@x.de` is not in `"anna@x.de"`, but is `A@X.de`. */
const MENTIONS = (json: string): string =>
  `EXISTS (SELECT FROM unnest($2::text[]) AS contact
            WHERE strpos(lower(${DELIMITED(json)}), lower(${DELIMITED('to_json(contact)::text')})) > 0)`;
/** One of its members that hold ids of people is theirs. An id is of letters, digits, _ and -, and may be a word that stands elsewhere. */
const NAMES = (json: string): string =>
  `(strpos(${json}, '"' || $1::text || '"') > 0 AND ${DELIMITED(json)} ~ ('"((customer|user|subject)_id": ?|(customer|user)_ids": ?[[][^]]*)"' || $1::text || '"'))`;
/** Of requests that are not answered: the others' plans are gone. */
const PLANNED_FOR = `(${NAMES('plan::text')} OR ${MENTIONS('plan::text')})`;
/** An array, which is made once: with IN (SELECT …) behind OR no index is used. */
const OF_CUSTOMER = `(customer_id = $1 OR order_id = ANY (ARRAY(SELECT order_id FROM notifier.orders WHERE customer_id = $1)))`;

/** What the fraud rules call a contact by: apps/analytics/src/fraud/contact.rules.ts. A number is soon found by its hash. */
const HASHED = `ANY (SELECT encode(sha256(convert_to(lower(contact), 'UTF8')), 'hex') FROM unnest($2::text[]) AS contact)`;

/** What waits in a service's outbox goes out in a moment; it cannot be taken out of it without being lost. */
const OUTBOX = (schema: string): ServicePlaces['waiting'][number] => ({
  table: `${schema}.outbox`,
  what: 'events that are still to be published',
  where: `${NAMES('records')} OR ${MENTIONS('records')}`,
  until: 'they are published: look at the service and at Kafka',
});

/**
 * All of it, service by service. What customers are charged and paid stays, under their id; the id says nothing of them once the rest is
 * gone. The last to go are the places where addresses are found that others are searched for: whatever interrupts this, it can be done again.
 */
export const PLACES: readonly ServicePlaces[] = [
  {
    database: 'order_api',
    places: [
      {
        table: 'order_api.order_events',
        what: 'contact, and what they wrote, in the steps of their orders',
        where: `order_id IN (SELECT order_id FROM order_api.orders WHERE customer_id = $1)
            AND (event::jsonb #> '{payload,contact}' IS NOT NULL OR jsonb_typeof(event::jsonb #> '{payload,reason}') = 'string')`,
        set: `event = (CASE WHEN jsonb_typeof(event::jsonb #> '{payload,reason}') = 'string' THEN event::jsonb #- '{payload,reason}'
                      ELSE event::jsonb END #- '{payload,contact}')::json`,
      },
      {
        table: 'order_api.idempotency_keys',
        what: 'requests that came to nothing',
        where: `status IS NULL AND lease_until < now() - interval '1 hour' AND ${PLANNED_FOR}`,
      },
    ],
    waiting: [
      {
        table: 'order_api.idempotency_keys',
        what: 'requests under way',
        where: `status IS NULL AND lease_until >= now() - interval '1 hour' AND ${PLANNED_FOR}`,
        until: 'an hour has passed since the last attempt',
      },
      OUTBOX('order_api'),
    ],
    leftovers: {
      schemas: ['order_api_before_rebuild', 'order_api_rebuild'],
      how: 'orderstream rebuild order-api --drop-old',
    },
  },
  {
    database: 'analytics',
    places: [
      {
        table: 'warehouse.sessions',
        what: 'who visited',
        where: 'user_id = $1',
        // All of them in one go: events are not found by their visit.
        set: `user_id = (SELECT jsonb_object_agg(session_id, other)
                           FROM (SELECT event.session_id, min(event.user_id) AS other
                                   FROM warehouse.sessions AS visit JOIN warehouse.web_events AS event USING (session_id)
                                  WHERE visit.user_id = $1 AND event.user_id <> $1 GROUP BY 1) AS others) ->> session_id`,
      },
      { table: 'warehouse.web_events', what: 'who it was', where: 'user_id = $1', set: 'user_id = NULL' },
      {
        table: 'analytics.fraud_marks',
        what: 'who else used their address or number',
        where: `rule = 'shared_contact' AND (member = $1 OR subject_id = ${HASHED})`,
      },
      {
        table: 'warehouse.fraud_suspicions',
        what: 'suspicions about their address or number',
        where: `subject_type = 'contact' AND (subject_id = ${HASHED} OR ${NAMES('evidence::text')})`,
      },
      { table: 'warehouse.users', what: 'address, number, name', where: 'user_id = $1' },
    ],
    waiting: [OUTBOX('analytics')],
    leftovers: {
      schemas: ['warehouse_before_rebuild', 'warehouse_rebuild'],
      how: 'orderstream rebuild analytics --drop-old',
    },
  },
  {
    database: 'notifier',
    places: [
      {
        table: 'notifier.notifications',
        what: 'recipient and contents of what they were told; what waits is not sent',
        where: `${OF_CUSTOMER} AND erased_at IS NULL`,
        set: `recipient = NULL, data = '{}', erased_at = now(), updated_at = now(), next_attempt_at = NULL, next_lookup_at = NULL,
              state = CASE state WHEN 'queued' THEN 'suppressed' ELSE state END,
              reason_code = CASE state WHEN 'queued' THEN 'erased' ELSE reason_code END`,
      },
      {
        table: 'notifier.notifications',
        what: 'what operators were told of them',
        where: `template = 'operator-alert' AND erased_at IS NULL
            AND (data ->> 'subject_id' = ${HASHED} OR ${NAMES('data::text')} OR ${MENTIONS('data::text')})`,
        set: `data = '{}', erased_at = now(), updated_at = now(), next_attempt_at = NULL,
              state = CASE state WHEN 'queued' THEN 'suppressed' ELSE state END,
              reason_code = CASE state WHEN 'queued' THEN 'erased' ELSE reason_code END`,
      },
      { table: 'notifier.customers', what: 'address, number, name', where: 'customer_id = $1' },
      {
        table: 'notifier.orders',
        what: 'address and number of their orders',
        where: 'customer_id = $1 AND (email IS NOT NULL OR phone IS NOT NULL)',
        set: 'email = NULL, phone = NULL',
      },
    ],
    waiting: [OUTBOX('notifier')],
  },
  {
    database: 'worker',
    places: [
      {
        table: 'worker.orders',
        what: 'contact',
        where: 'customer_id = $1 AND contact IS NOT NULL',
        set: 'contact = NULL',
      },
    ],
    waiting: [OUTBOX('worker')],
  },
];

/** Where addresses and numbers of a customer are found, by their id. */
export const CONTACTS: readonly { readonly database: DatabaseName; readonly text: string }[] = [
  {
    database: 'analytics',
    text: 'SELECT unnest(ARRAY[email, phone]) AS contact FROM warehouse.users WHERE user_id = $1',
  },
  {
    database: 'notifier',
    text: `SELECT unnest(ARRAY[email, phone]) AS contact FROM notifier.customers WHERE customer_id = $1
           UNION SELECT unnest(ARRAY[email, phone]) FROM notifier.orders WHERE customer_id = $1
           UNION SELECT recipient FROM notifier.notifications WHERE ${OF_CUSTOMER}`,
  },
  {
    database: 'worker',
    text: `SELECT unnest(ARRAY[contact ->> 'email', contact ->> 'phone']) AS contact FROM worker.orders WHERE customer_id = $1`,
  },
];
