import { eventually } from '@orderstream/testing';
import pg from 'pg';
import { openShop, type Shop } from './fixture.ts';
import {
  InterruptedProducer,
  openRelayTest,
  startInstance,
  upTo,
  type Instance,
  type RelayTest,
} from './relay-fixture.ts';

interface Reads {
  readonly removed: number;
  readonly whole: number;
  readonly entries: number;
}

describe("the relay's statements", () => {
  let shop: Shop;
  let test: RelayTest;
  let producer: InterruptedProducer;
  let instance: Instance;

  beforeEach(async () => {
    [shop, test] = await Promise.all([openShop(), openRelayTest()]);
    producer = new InterruptedProducer('one');
    instance = startInstance(shop, 'one', { producer });
  });
  afterEach(async () => {
    await shop.close();
    await test.close();
  });

  /** What was done to the outbox, as its sessions have told when they last fell idle. */
  const reads = async (): Promise<Reads> => {
    const [row] = await shop.rows<Reads>(
      `SELECT n_tup_del::int AS removed, seq_scan::int AS whole, idx_tup_read::int AS entries
       FROM pg_stat_user_tables t JOIN pg_stat_user_indexes i USING (relid) WHERE t.relname = 'outbox'`,
    );
    return row as Reads;
  };
  const emitRows = (count: number) =>
    instance.database.transaction(async (tx) => {
      for (const number of upTo(count)) instance.outbox.emit(tx, [test.emission(number)]);
    });
  const haveBeenRemoved = (count: number) =>
    eventually(async () => {
      const told = await reads();
      expect(told.removed).toBe(count);
      return told;
    });

  it('planned while the table was empty: a backlog is read and removed by its ids', async () => {
    // More often than the server plans a statement anew.
    for (const number of upTo(10)) {
      await emitRows(1);
      await eventually(() => producer.calls === number, { intervalMs: 2 });
    }
    const before = await haveBeenRemoved(10);
    await emitRows(2_500);
    const after = await haveBeenRemoved(2_510);
    expect(after.whole - before.whole).toBe(0);
  });

  it('somebody keeps a snapshot: what was removed since then is not passed at each read', async () => {
    const reader = new pg.Client({ connectionString: shop.server.url });
    await reader.connect();
    shop.onClose(() => reader.end());
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM shop.outbox');
    await emitRows(2_500);
    let removed = 2_500;
    await haveBeenRemoved(removed);
    await eventually(async () => {
      const before = await reads();
      await emitRows(1);
      const after = await haveBeenRemoved((removed += 1));
      // Now and then a read does pass them.
      expect(after.entries - before.entries).toBeLessThan(500);
    });
  });
});
