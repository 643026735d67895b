/** One lock for all of them: it is held for the milliseconds of a batch, and those that only look do not hold up one another. */
const LOCK_ID = `hashtextextended('notifier.people', 0)`;

export const LOCK_SHARED = {
  name: 'lock-people-shared',
  text: `SELECT pg_advisory_xact_lock_shared(${LOCK_ID})`,
};
export const LOCK_EXCLUSIVE = {
  name: 'lock-people-exclusive',
  text: `SELECT pg_advisory_xact_lock(${LOCK_ID})`,
};

export const READ_CUSTOMERS = {
  name: 'read-customers',
  text: `SELECT customer_id, email, phone, name, locale FROM customers WHERE customer_id = ANY ($1::text[])`,
};

export const READ_ORDERS = {
  name: 'read-orders',
  text: `SELECT order_id, customer_id, email, phone, status FROM orders WHERE order_id = ANY ($1::uuid[])`,
};

export const SAVE_CUSTOMERS = {
  name: 'save-customers',
  text: `
    INSERT INTO customers (customer_id, email, phone, name, locale, registered_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
        ON CONFLICT (customer_id) DO UPDATE
       SET email = excluded.email, phone = excluded.phone, name = excluded.name, locale = excluded.locale,
           registered_at = excluded.registered_at
     WHERE customers.registered_at <= excluded.registered_at`,
};

/** How far an order has come: confirmed, then rejected or paid, then cancelled. */
const rankOf = (status: string): string =>
  `CASE ${status} WHEN 'confirmed' THEN 1 WHEN 'cancelled' THEN 3 ELSE 2 END`;

/**
 * An order only goes forward, whatever clocks say and in whatever order its events come (again). Of two that say the same with other
 * contacts the first counts, in one batch as in two: it is the one whose message is in the ledger.
 */
export const SAVE_ORDERS = {
  name: 'save-orders',
  text: `
    INSERT INTO orders (order_id, customer_id, email, phone, status, updated_at)
    SELECT DISTINCT ON (order_id) order_id, customer_id, email, phone, status, updated_at
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[]) WITH ORDINALITY
           AS news(order_id, customer_id, email, phone, status, updated_at, place)
     ORDER BY order_id, ${rankOf('status')} DESC, place
        ON CONFLICT (order_id) DO UPDATE
       SET email = excluded.email, phone = excluded.phone, status = excluded.status, updated_at = excluded.updated_at
     WHERE ${rankOf('orders.status')} < ${rankOf('excluded.status')}`,
};
