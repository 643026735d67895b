import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the watch over all consumer groups saw last. Not part of the warehouse: it says nothing about the business. */
export class CreateLagVerdicts1750000300020 implements MigrationInterface {
  readonly name = 'CreateLagVerdicts1750000300020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE lag_verdicts (
        consumer_group text NOT NULL,
        topic text NOT NULL,
        records bigint NOT NULL,
        seconds double precision NOT NULL,
        verdict text CHECK (verdict IN ('OK', 'WARN', 'STALLED', 'STOPPED')),
        members integer NOT NULL,
        threshold_seconds double precision NOT NULL,
        hint text NOT NULL,
        alerting boolean NOT NULL,
        contrary_checks integer NOT NULL,
        PRIMARY KEY (consumer_group, topic)
      ) WITH (fillfactor = 50)`);
    await runner.query(`
      CREATE TABLE dead_letter_counts (
        consumer_group text NOT NULL,
        topic text NOT NULL,
        reason text NOT NULL,
        open_letters bigint NOT NULL,
        PRIMARY KEY (consumer_group, topic, reason)
      )`);
    await runner.query(`
      CREATE TABLE watches (
        what text PRIMARY KEY,
        checked_at timestamptz NOT NULL
      )`);
    await runner.query(COMMENTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE watches, dead_letter_counts, lag_verdicts');
  }
}

const COMMENTS = `
  COMMENT ON TABLE lag_verdicts IS 'How every consumer group of the platform stands on every topic it reads, as of the last check. Written by one instance at a time.';
  COMMENT ON COLUMN lag_verdicts.records IS 'Records between the committed offsets and the end of the log.';
  COMMENT ON COLUMN lag_verdicts.seconds IS 'Age of the oldest record not consumed.';
  COMMENT ON COLUMN lag_verdicts.verdict IS 'Over the window; null until the window is long enough to judge by.';
  COMMENT ON COLUMN lag_verdicts.members IS 'Instances that have a partition of the topic.';
  COMMENT ON COLUMN lag_verdicts.threshold_seconds IS 'What the alert rule allows.';
  COMMENT ON COLUMN lag_verdicts.hint IS 'What would help, in a sentence; empty when nothing has to.';
  COMMENT ON COLUMN lag_verdicts.alerting IS 'Whether consumer_lag.exceeded was the last word; the transaction that changes it emits the event.';
  COMMENT ON COLUMN lag_verdicts.contrary_checks IS 'Checks in a row that speak against alerting as it stands; three change it.';
  COMMENT ON TABLE dead_letter_counts IS 'Open dead letters of every group of the platform, counted from the dead-letter topics.';
  COMMENT ON TABLE watches IS 'When the tables beside this one were brought up to date last: "lag", "dead letters".';`;
