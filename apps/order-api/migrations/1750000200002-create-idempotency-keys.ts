import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Requests that were sent with an Idempotency-Key: what they led to, and what they were answered. */
export class CreateIdempotencyKeys1750000200002 implements MigrationInterface {
  readonly name = 'CreateIdempotencyKeys1750000200002';

  async up(runner: QueryRunner): Promise<void> {
    // Each row is updated once or twice soon after it was written: with room on its page, without touching an index.
    await runner.query(`
      CREATE TABLE idempotency_keys (
        scope text NOT NULL,
        key text NOT NULL,
        fingerprint bytea NOT NULL,
        plan json NOT NULL,
        owner uuid NOT NULL,
        lease_until timestamptz NOT NULL,
        is_uncertain boolean NOT NULL DEFAULT true,
        status smallint,
        headers json,
        body text,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (scope, key)
      ) WITH (fillfactor = 60)`);
    await runner.query(`COMMENT ON COLUMN idempotency_keys.scope IS 'Caller and endpoint.'`);
    await runner.query(
      `COMMENT ON COLUMN idempotency_keys.fingerprint IS 'SHA-256 of the body in canonical form.'`,
    );
    await runner.query(
      `COMMENT ON COLUMN idempotency_keys.plan IS 'What the request does, ids included: made once, so that a repeat does the very same. Empty once it is answered.'`,
    );
    await runner.query(
      `COMMENT ON COLUMN idempotency_keys.lease_until IS 'Until then, owner is at work on it and nobody else begins.'`,
    );
    await runner.query(
      `COMMENT ON COLUMN idempotency_keys.is_uncertain IS 'False once every attempt so far has surely had no effect.'`,
    );
    await runner.query(
      `COMMENT ON COLUMN idempotency_keys.status IS 'Of the first answer; null while there is none.'`,
    );
    await runner.query('CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotency_keys');
  }
}
