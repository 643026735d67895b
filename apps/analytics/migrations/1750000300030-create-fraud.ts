import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the fraud rules look at, in the service's own schema, and what they found, in the warehouse. */
export class CreateFraud1750000300030 implements MigrationInterface {
  readonly name = 'CreateFraud1750000300030';

  async up(runner: QueryRunner): Promise<void> {
    // Comes with PostgreSQL, and whoever may create a schema may create it. Equality beside a range in one constraint needs it.
    await runner.query('CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public');
    await runner.query(SEEN);
    await runner.query(SUSPICIONS);
    await runner.query(COMMENTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE warehouse.fraud_suspicions');
    await runner.query('DROP TABLE fraud_marks, fraud_failed_payments, fraud_orders');
  }
}

// Only the purge asks by time alone: a block range index costs an insert next to nothing.
const SEEN = `
  CREATE TABLE fraud_orders (
    order_id uuid PRIMARY KEY,
    customer_id text NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL,
    created_at timestamptz NOT NULL
  );
  CREATE INDEX fraud_orders_by_customer ON fraud_orders (customer_id, created_at, order_id) INCLUDE (currency, amount);
  CREATE INDEX fraud_orders_by_time ON fraud_orders USING brin (created_at);

  CREATE TABLE fraud_failed_payments (
    order_id uuid NOT NULL,
    payment_id text NOT NULL,
    failed_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, payment_id, failed_at)
  );

  CREATE TABLE fraud_marks (
    rule text NOT NULL,
    subject_id text NOT NULL,
    happened_at timestamptz NOT NULL,
    member text NOT NULL,
    PRIMARY KEY (rule, subject_id, happened_at, member)
  );
  CREATE INDEX fraud_marks_by_time ON fraud_marks USING brin (happened_at)`;

const SUSPICIONS = `
  CREATE TABLE warehouse.fraud_suspicions (
    subject_type text NOT NULL CHECK (subject_type IN ('customer', 'contact')),
    subject_id text NOT NULL,
    rule text NOT NULL,
    score double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
    window_start timestamptz NOT NULL,
    window_end timestamptz NOT NULL,
    evidence jsonb NOT NULL,
    detected_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (subject_type, subject_id, rule, window_end),
    CONSTRAINT one_suspicion_per_window EXCLUDE USING gist
      (subject_id WITH =, rule WITH =, subject_type WITH =, tstzrange(window_start, window_end, '[]') WITH &&)
  );
  CREATE INDEX fraud_suspicions_newest ON warehouse.fraud_suspicions (detected_at DESC)`;

const COMMENTS = `
  COMMENT ON TABLE fraud_orders IS 'Orders as the fraud rules look at them, until they are past FRAUD_RETENTION.';
  COMMENT ON TABLE fraud_failed_payments IS 'Failed payments whose order is not known yet.';
  COMMENT ON TABLE fraud_marks IS 'What counts for a rule: members of a subject, and when. Failed payments of a customer, customers of a contact (whose subject_id is a SHA-256).';

  COMMENT ON TABLE warehouse.fraud_suspicions IS 'What the fraud rules found. Of one subject and rule there are no two whose windows overlap.';
  COMMENT ON COLUMN warehouse.fraud_suspicions.subject_type IS 'customer or contact.';
  COMMENT ON COLUMN warehouse.fraud_suspicions.subject_id IS 'customer_id; of a contact the SHA-256, in hex, of the e-mail address in lower case or of the phone number.';
  COMMENT ON COLUMN warehouse.fraud_suspicions.rule IS 'order_velocity, amount_outlier, failed_payments or shared_contact.';
  COMMENT ON COLUMN warehouse.fraud_suspicions.score IS '0.5 where the limit is just passed, towards 1 the further it is: a rank, not a probability.';
  COMMENT ON COLUMN warehouse.fraud_suspicions.window_start IS 'Begin of the time looked at, by the events'' own times.';
  COMMENT ON COLUMN warehouse.fraud_suspicions.window_end IS 'When the limit was passed. Equal to window_start for amount_outlier: the time of the order.';
  COMMENT ON COLUMN warehouse.fraud_suspicions.evidence IS 'What a person needs to judge it; a contact only masked.';
  COMMENT ON COLUMN warehouse.fraud_suspicions.detected_at IS 'When the rule saw it, by the database''s clock.';`;
