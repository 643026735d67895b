import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The send ledger: one row per event, channel and recipient. Others read this table: its columns are a contract. */
export class CreateNotifications1750000300001 implements MigrationInterface {
  readonly name = 'CreateNotifications1750000300001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE notifications (
        notification_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        event_id uuid NOT NULL,
        channel text NOT NULL CHECK (channel IN ('email', 'sms')),
        recipient text,
        template text NOT NULL,
        state text NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'suppressed', 'unknown')),
        attempts integer NOT NULL DEFAULT 0,
        order_id uuid,
        data jsonb NOT NULL,
        message_id text NOT NULL,
        next_attempt_at timestamptz,
        claimed_by text,
        claimed_at timestamptz,
        reason_code text,
        reason_status text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT notifications_once_per_event UNIQUE NULLS NOT DISTINCT (event_id, channel, recipient),
        CHECK (recipient IS NOT NULL OR state = 'suppressed'),
        CHECK ((state = 'queued') = (next_attempt_at IS NOT NULL)),
        CHECK (state <> 'sending' OR (claimed_by IS NOT NULL AND claimed_at IS NOT NULL))
      )`);
    // An order is confirmed once in its life. Should a second event say so (the worker's database was restored and ruled again, under
    // new event ids), nobody is told twice.
    await runner.query(`
      CREATE UNIQUE INDEX notifications_once_per_order ON notifications (order_id, template, channel)
       WHERE template = 'order-confirmed' AND state <> 'suppressed'`);
    await runner.query(`
      CREATE INDEX notifications_due ON notifications (channel, next_attempt_at) WHERE state = 'queued'`);
    await runner.query(
      `CREATE INDEX notifications_sending ON notifications (claimed_at) WHERE state = 'sending'`,
    );
    await runner.query(`
      CREATE INDEX notifications_for_people ON notifications (state, updated_at) WHERE state IN ('unknown', 'failed')`);
    for (const [column, comment] of COMMENTS) {
      await runner.query(`COMMENT ON COLUMN notifications.${column} IS '${comment}'`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE notifications');
  }
}

const COMMENTS: readonly (readonly [column: string, comment: string])[] = [
  ['recipient', 'Address or number. Null: the event named nobody to tell.'],
  [
    'attempts',
    'How often it was claimed for sending. Rises with every claim, so it also tells one claim from the next.',
  ],
  ['data', 'What the template needs besides its own words.'],
  ['message_id', 'The Message-ID it goes out with, the same at every attempt.'],
  ['next_attempt_at', 'When it is due; null unless queued.'],
  ['claimed_by', 'The process that last took it for sending.'],
  ['reason_code', 'Why the last attempt did not end in sent; the words are in the README.'],
  [
    'reason_status',
    'What the gateway answered, as in 550 5.1.1, or what the system says, as in ECONNREFUSED.',
  ],
];
