import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the notifier has to know of customers and orders to tell people, and what the ledger has to keep beside it: what a message is
 * about, in which language it goes out, what the gateway calls it, and who decided what.
 */
export class KnowCustomers1750000300002 implements MigrationInterface {
  readonly name = 'KnowCustomers1750000300002';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP: readonly string[] = [
  `CREATE TABLE customers (
     customer_id text PRIMARY KEY,
     email text,
     phone text,
     name text,
     locale text,
     registered_at timestamptz NOT NULL
   )`,
  `COMMENT ON TABLE customers IS 'How to reach who registered, as they said last. A customer that was erased has no row.'`,
  `CREATE TABLE orders (
     order_id uuid PRIMARY KEY,
     customer_id text NOT NULL,
     email text,
     phone text,
     status text NOT NULL CHECK (status IN ('confirmed', 'rejected', 'paid', 'cancelled')),
     updated_at timestamptz NOT NULL
   ) WITH (fillfactor = 80)`,
  `COMMENT ON TABLE orders IS 'Whom to tell of an order when an event does not say so itself: those of topic payments.'`,
  'CREATE INDEX orders_by_customer ON orders (customer_id)',
  `ALTER TABLE notifications
     ADD COLUMN customer_id text,
     ADD COLUMN about text,
     ADD COLUMN locale text NOT NULL DEFAULT 'en',
     ADD COLUMN happened_at timestamptz,
     ADD COLUMN gateway_id text,
     ADD COLUMN lookups integer NOT NULL DEFAULT 0,
     ADD COLUMN next_lookup_at timestamptz,
     ADD COLUMN is_in_doubt boolean NOT NULL DEFAULT false,
     ADD COLUMN deferred_since timestamptz,
     ADD COLUMN erased_at timestamptz`,
  `UPDATE notifications SET about = order_id::text WHERE template = 'order-confirmed'`,
  'DROP INDEX notifications_once_per_order',
  // An order is confirmed, rejected, paid, cancelled once in its life, an attempt to pay fails once, a customer is welcomed once. Should a
  // second event say so (the worker's database was restored and ruled again, a provider repeats itself), nobody is told twice.
  `CREATE UNIQUE INDEX notifications_once_per_matter ON notifications (about, template, channel)
    WHERE about IS NOT NULL AND state <> 'suppressed'`,
  // An erased row has no recipient any more, whatever became of its message.
  'ALTER TABLE notifications DROP CONSTRAINT notifications_check',
  `ALTER TABLE notifications ADD CONSTRAINT notifications_have_a_recipient
     CHECK (recipient IS NOT NULL OR state = 'suppressed' OR erased_at IS NOT NULL)`,
  'CREATE INDEX notifications_by_order ON notifications (order_id)',
  'CREATE INDEX notifications_by_customer ON notifications (customer_id)',
  `CREATE INDEX notifications_without_order ON notifications (order_id)
    WHERE state = 'suppressed' AND reason_code = 'order-unknown'`,
  'CREATE INDEX notifications_to_nobody ON notifications (event_id, channel) WHERE recipient IS NULL',
  `CREATE INDEX notifications_to_look_up ON notifications (channel, next_lookup_at)
    WHERE state = 'unknown' AND next_lookup_at IS NOT NULL`,
  `CREATE TABLE decisions (
     decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     notification_id bigint NOT NULL REFERENCES notifications,
     action text NOT NULL CHECK (action IN ('resend', 'mark')),
     state_before text NOT NULL,
     state_after text NOT NULL,
     decided_by text NOT NULL,
     why text NOT NULL,
     decided_at timestamptz NOT NULL DEFAULT now()
   )`,
  `COMMENT ON TABLE decisions IS 'What people decided of notifications: orderstream notifications resend and mark.'`,
  'CREATE INDEX decisions_by_notification ON decisions (notification_id)',
  `COMMENT ON COLUMN notifications.about IS 'The order, attempt to pay or customer that this template speaks of once; null where every event is a matter of its own.'`,
  `COMMENT ON COLUMN notifications.happened_at IS 'Timestamp of the event.'`,
  `COMMENT ON COLUMN notifications.gateway_id IS 'What the gateway calls the message, as in SM0123….'`,
  `COMMENT ON COLUMN notifications.lookups IS 'How often the gateway was asked what became of it.'`,
  `COMMENT ON COLUMN notifications.next_lookup_at IS 'When the gateway is asked (again); null: it is not.'`,
  `COMMENT ON COLUMN notifications.is_in_doubt IS 'An SMS that may have gone out at an earlier attempt: the gateway is asked before each further one.'`,
  `COMMENT ON COLUMN notifications.deferred_since IS 'Since when it has been told "not now" without the gateway having been away; null: it has not.'`,
  `COMMENT ON COLUMN notifications.erased_at IS 'When the customer was erased, and the recipient with it.'`,
];

const DOWN: readonly string[] = [
  'DROP TABLE decisions',
  `DROP INDEX IF EXISTS notifications_to_look_up, notifications_by_customer, notifications_by_order, notifications_to_nobody, notifications_without_order,
     notifications_once_per_matter`,
  'ALTER TABLE notifications DROP CONSTRAINT notifications_have_a_recipient',
  `DELETE FROM notifications WHERE recipient IS NULL AND state <> 'suppressed'`,
  `ALTER TABLE notifications ADD CONSTRAINT notifications_check CHECK (recipient IS NOT NULL OR state = 'suppressed')`,
  `ALTER TABLE notifications DROP COLUMN customer_id, DROP COLUMN about, DROP COLUMN locale, DROP COLUMN happened_at,
     DROP COLUMN gateway_id, DROP COLUMN lookups, DROP COLUMN next_lookup_at, DROP COLUMN is_in_doubt,
     DROP COLUMN deferred_since, DROP COLUMN erased_at`,
  `CREATE UNIQUE INDEX notifications_once_per_order ON notifications (order_id, template, channel)
    WHERE template = 'order-confirmed' AND state <> 'suppressed'`,
  'DROP TABLE orders',
  'DROP TABLE customers',
];
