import { eventually, readTopic } from '@orderstream/testing';
import { registerReplay } from '../../src/commands/replay.ts';
import { inThisProcess } from '../cli/in-this-process.ts';
import { orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { untilRuled } from '../dlq/redriven-orders.ts';
import { asAdmin, produce } from '../log/records.ts';
import { orderRecord, type SmallSystem } from '../operations/small-system.ts';

interface Replayed {
  done: boolean;
  partitions: {
    partition: number;
    position: number | null;
    committed: number | null;
    back_to: number | null;
  }[];
}

const PATIENTLY = { deadlineMs: 60_000, intervalMs: 250 };
const POSITIONS =
  "SELECT partition, next_offset::int AS next FROM worker.consumer_positions WHERE topic = 'orders' ORDER BY 1";

/** On a system that has handled orders and is quiet; only its worker is left running. */
export function replayCutOffHalfWayIsFinishedLater(running: () => SmallSystem): void {
  describe('a replay', () => {
    let system: SmallSystem;
    let positions: { partition: number; next: number }[];
    let end: number;
    let confirmed: number;
    const args = ['replay', '--group', 'worker', '--topic', 'orders', '--from', 'beginning', '--yes'];
    beforeAll(async () => {
      system = running();
      await system.stopServices();
      positions = await system.rows('worker', POSITIONS);
      end = sum(positions.map(({ next }) => next));
      confirmed = await confirmations();
      expect([end, confirmed].every((count) => count > 0)).toBe(true);
    }, 60_000);

    it('cut off after its first step: nothing is replayed and nothing is lost; the same command does it later', async () => {
      // What the command leaves behind when it is killed between its two steps.
      await setCommitted(positions.map(({ partition }) => ({ partition, next: 0 })));
      await system.startService('worker');
      // It reads from where Kafka says, sees where its database stands, and goes there.
      await eventually(async () => expect(sum(await committed())).toBe(end), PATIENTLY);
      expect(await system.rows('worker', POSITIONS)).toEqual(positions);
      const later = orderRecord('grace');
      await produce([later]);
      await untilRuled(system, [later.key]);
      expect(await confirmations()).toBe(confirmed + 1);
      await system.stopService('worker');

      const replayed = await orderstreamJson<Replayed>(args, system.env);
      expect(replayed.done).toBe(true);
      expect(sum(await committed())).toBe(0);
      await system.startService('worker');
      await eventually(async () => expect(sum(await committed())).toBe(end + 2), PATIENTLY);
      expect(await confirmations()).toBe(confirmed + 1);
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
      for (const wrong of [
        [...args.slice(0, 5), '--from', 'yesterday'],
        ['replay', '--group', 'order-api', '--topic', 'users', '--from', '0'],
        ['replay', '--topic', 'orders', '--from', '0'],
      ]) {
        const { code } = await inThisProcess(registerReplay, wrong, system.env);
        expect([wrong, code]).toEqual([wrong, 2]);
      }
      expect(await system.rows('worker', POSITIONS)).toEqual(before);
    });
  });
}

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
