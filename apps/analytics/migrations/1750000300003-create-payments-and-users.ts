import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Facts about payments, with their rollup, and about users. */
export class CreatePaymentsAndUsers1750000300003 implements MigrationInterface {
  readonly name = 'CreatePaymentsAndUsers1750000300003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(PAYMENTS);
    await runner.query(PAYMENTS_PER_MINUTE);
    await runner.query(USERS);
    await runner.query(COMMENTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE warehouse.users, warehouse.payments_per_minute, warehouse.payments');
  }
}

// A payment may fail and succeed later under the same id: two facts.
const PAYMENTS = `
  CREATE TABLE warehouse.payments (
    payment_id text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('succeeded', 'failed')),
    order_id uuid NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL,
    method text NOT NULL,
    failure_code text,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (payment_id, outcome)
  );
  CREATE INDEX payments_by_order ON warehouse.payments (order_id)`;

const PAYMENTS_PER_MINUTE = `
  CREATE TABLE warehouse.payments_per_minute (
    minute timestamptz NOT NULL,
    currency text NOT NULL,
    payments_succeeded bigint NOT NULL DEFAULT 0,
    payments_failed bigint NOT NULL DEFAULT 0,
    amount_succeeded numeric NOT NULL DEFAULT 0,
    amount_failed numeric NOT NULL DEFAULT 0,
    PRIMARY KEY (minute, currency)
  ) WITH (fillfactor = 30)`;

const USERS = `
  CREATE TABLE warehouse.users (
    user_id text PRIMARY KEY,
    email text NOT NULL,
    name text NOT NULL,
    phone text,
    locale text,
    registered_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    told_by uuid NOT NULL
  );
  CREATE INDEX users_by_registration ON warehouse.users (registered_at)`;

const COMMENTS = `
  COMMENT ON TABLE warehouse.payments IS 'One row per payment and outcome, as the payment provider told it; whether it fits its order is told by warehouse.orders.paid_at.';
  COMMENT ON COLUMN warehouse.payments.payment_id IS 'The provider''s id. One payment may fail and succeed later: then it has two rows.';
  COMMENT ON COLUMN warehouse.payments.outcome IS 'succeeded or failed.';
  COMMENT ON COLUMN warehouse.payments.order_id IS 'The order it is for: warehouse.orders.order_id, which may arrive later or never.';
  COMMENT ON COLUMN warehouse.payments.currency IS 'ISO 4217 code.';
  COMMENT ON COLUMN warehouse.payments.amount IS 'Minor units of the currency.';
  COMMENT ON COLUMN warehouse.payments.method IS 'card, bank_transfer, wallet or other.';
  COMMENT ON COLUMN warehouse.payments.failure_code IS 'The provider''s own code, such as card_declined; null when it succeeded.';
  COMMENT ON COLUMN warehouse.payments.occurred_at IS 'When it happened.';

  COMMENT ON TABLE warehouse.payments_per_minute IS 'Payments by minute and currency. Always equal to what warehouse.payments adds up to.';
  COMMENT ON COLUMN warehouse.payments_per_minute.minute IS 'Begin of the minute.';
  COMMENT ON COLUMN warehouse.payments_per_minute.currency IS 'ISO 4217 code. Amounts of different currencies are never added.';
  COMMENT ON COLUMN warehouse.payments_per_minute.payments_succeeded IS 'Payments that succeeded in this minute.';
  COMMENT ON COLUMN warehouse.payments_per_minute.payments_failed IS 'Payments that failed in this minute.';
  COMMENT ON COLUMN warehouse.payments_per_minute.amount_succeeded IS 'Sum over payments_succeeded, in minor units.';
  COMMENT ON COLUMN warehouse.payments_per_minute.amount_failed IS 'Sum over payments_failed, in minor units.';

  COMMENT ON TABLE warehouse.users IS 'One row per user, with what they registered last.';
  COMMENT ON COLUMN warehouse.users.user_id IS 'What orders call customer_id.';
  COMMENT ON COLUMN warehouse.users.email IS 'E-mail address.';
  COMMENT ON COLUMN warehouse.users.name IS 'Name, as the user writes it.';
  COMMENT ON COLUMN warehouse.users.phone IS 'E.164; null when none was given.';
  COMMENT ON COLUMN warehouse.users.locale IS 'BCP 47; null when none was given.';
  COMMENT ON COLUMN warehouse.users.registered_at IS 'The first registration.';
  COMMENT ON COLUMN warehouse.users.updated_at IS 'The latest registration, which the other columns are of.';
  COMMENT ON COLUMN warehouse.users.told_by IS 'event_id of the latest registration: of two at one time the greater id counts.';`;
