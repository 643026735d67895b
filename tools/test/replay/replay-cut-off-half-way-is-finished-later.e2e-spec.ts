import { eventually, readTopic } from '@orderstream/testing';
import { orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { asAdmin, produce } from '../log/records.ts';
import { orderRecord, SmallSystem } from '../operations/small-system.ts';

interface Replayed {
  done: boolean;
  partitions: {
    partition: number;
    position: number | null;
    committed: number | null;
    back_to: number | null;
  }[];
}

const POSITIONS =
  "SELECT partition, next_offset::int AS next FROM worker.consumer_positions WHERE topic = 'orders' ORDER BY 1";

describe('a replay', () => {
  let system: SmallSystem;
  let positions: { partition: number; next: number }[];
  const args = ['replay', '--group', 'worker', '--topic', 'orders', '--from', 'beginning', '--yes'];
  beforeAll(async () => {
    system = await SmallSystem.start('worker');
    await produce(Array.from({ length: 30 }, () => orderRecord('ada')));
    await eventually(
      async () => {
        positions = await system.rows('worker', POSITIONS);
        expect(positions.reduce((sum, { next }) => sum + next, 0)).toBe(60);
      },
      { deadlineMs: 60_000, intervalMs: 200 },
    );
    await system.stopService('worker');
  }, 180_000);
  afterAll(() => system.stop(), 60_000);

  it('cut off after its first step: nothing is replayed and nothing is lost; the same command does it later', async () => {
    // What the command leaves behind when it is killed between its two steps.
    await setCommitted(positions.map(({ partition }) => ({ partition, next: 0 })));
    await system.startService('worker');
    // It reads from where Kafka says, sees where its database stands, and goes there.
    await eventually(async () => expect(sum(await committed())).toBe(60), {
      deadlineMs: 60_000,
      intervalMs: 200,
    });
    expect(await system.rows('worker', POSITIONS)).toEqual(positions);
    await produce([orderRecord('grace')]);
    await eventually(async () => expect(await confirmations()).toBe(31), {
      deadlineMs: 60_000,
      intervalMs: 200,
    });
    await system.stopService('worker');

    const replayed = await orderstreamJson<Replayed>(args, system.env);
    expect(replayed.done).toBe(true);
    expect(sum(await committed())).toBe(0);
    await system.startService('worker');
    await eventually(async () => expect(sum(await committed())).toBe(62), {
      deadlineMs: 60_000,
      intervalMs: 200,
    });
    expect(await confirmations()).toBe(31);
    await system.stopService('worker');
  }, 180_000);

  it('a topic that the group does not read, no database, a bad position: said, and nothing is changed', async () => {
    const before = await system.rows('worker', POSITIONS);
    const nowhere = await orderstream(
      [...args, '--database-url', 'postgres://nobody:secret@127.0.0.1:1/postgres'],
      system.env,
    );
    expect(nowhere.code).toBe(1);
    expect(nowhere.stderr).toMatch(/^The database worker cannot be used: .*ECONNREFUSED/);
    expect(nowhere.stderr).not.toContain('secret');
    expect((await orderstream([...args.slice(0, 5), '--from', 'yesterday'], system.env)).code).toBe(2);
    expect(
      (await orderstream(['replay', '--group', 'order-api', '--topic', 'users', '--from', '0'], system.env))
        .code,
    ).toBe(2);
    expect((await orderstream(['replay', '--topic', 'orders', '--from', '0'], system.env)).code).toBe(2);
    expect(await system.rows('worker', POSITIONS)).toEqual(before);
  });
});

function sum(offsets: readonly number[]): number {
  return offsets.reduce((total, offset) => total + Math.max(0, offset), 0);
}

/** How many records on the topic say that an order is confirmed. */
async function confirmations(): Promise<number> {
  return (await readTopic('orders')).filter(({ headers }) => headers['event-type'] === 'order.confirmed')
    .length;
}

async function committed(): Promise<number[]> {
  return asAdmin(async (admin) => {
    const [found] = await admin.fetchOffsets({ groupId: 'worker', topics: ['orders'] });
    return (found?.partitions ?? []).map(({ offset }) => Number(offset));
  });
}

/** As Kafka stood before: ahead of the database. */
async function setCommitted(positions: readonly { partition: number; next: number }[]): Promise<void> {
  await asAdmin((admin) =>
    admin.setOffsets({
      groupId: 'worker',
      topic: 'orders',
      partitions: positions.map(({ partition, next }) => ({ partition, offset: String(next) })),
    }),
  );
}
