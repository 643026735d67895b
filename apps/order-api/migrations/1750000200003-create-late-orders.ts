import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders that were accepted so long after their id was made that the id does not tell how fresh they are. */
export class CreateLateOrders1750000200003 implements MigrationInterface {
  readonly name = 'CreateLateOrders1750000200003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE late_orders (
        order_id uuid PRIMARY KEY,
        accepted_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(
      `COMMENT ON TABLE late_orders IS 'Orders accepted long after their id was made, for a minute or so: they are waited for like fresh ones.'`,
    );
    await runner.query('CREATE INDEX late_orders_by_age ON late_orders (accepted_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE late_orders');
  }
}
