import { eventually } from '@orderstream/testing';
import { orderstream } from '../cli/orderstream.ts';
import type { SmallSystem } from '../operations/small-system.ts';
import {
  AS_THEY_WERE,
  changesIn,
  everyRow,
  holding,
  POSITIONS_IN_USE,
  rebuild,
  Underway,
} from './rebuilt-system.ts';

const WRONG_ROW_IN_USE = 'SELECT FROM warehouse.orders WHERE amount_total = 1 FOR UPDATE';

/** On settled orders, of which no rebuild has kept anything. */
export function killedHalfWayChangesNothing(running: () => SmallSystem): void {
  describe('a rebuild that does not come to its end', () => {
    let system: SmallSystem;
    let before: string[];
    beforeAll(async () => {
      system = running();
      await system.rows(
        'analytics',
        'UPDATE warehouse.orders SET amount_total = 1 WHERE order_id = (SELECT min(order_id::text)::uuid FROM warehouse.orders)',
      );
      before = await everyRow(system, 'analytics');
    });

    it.each([
      ['before the exchange', POSITIONS_IN_USE],
      ['in the middle of the exchange', WRONG_ROW_IN_USE],
    ])(
      'its process is killed %s: nothing is changed',
      async (_, statement) => {
        const inTheWay = await holding(system, 'analytics', statement);
        const underway = new Underway(system, 'analytics');
        await underway.untilWaiting();
        process.kill(await underway.workerPid(), 'SIGKILL');
        const { code, stderr } = await underway.command.ended;
        expect(code).toBe(1);
        expect(stderr).toContain('the same command starts anew');
        await inTheWay.end();
        await untilNobodyRebuilds(system);
        expect(await everyRow(system, 'analytics')).toEqual(before);
        expect(await schemas(system)).not.toContain('warehouse_before_rebuild');
      },
      120_000,
    );

    it('no broker, no database, no such target, nobody to ask: said, with the right exit code', async () => {
      const [noBroker, noDatabase, ...usedWrongly] = await Promise.all([
        orderstream(['rebuild', 'analytics', '--yes'], { ...system.env, KAFKA_BROKERS: '127.0.0.1:1' }),
        orderstream(
          [
            'rebuild',
            'analytics',
            '--yes',
            '--database-url',
            'postgres://nobody:secret@127.0.0.1:1/postgres',
          ],
          system.env,
        ),
        orderstream(['rebuild', 'notifier', '--yes'], system.env),
        orderstream(['rebuild', 'analytics'], system.env),
        orderstream(['rebuild', 'analytics', '--leave-out', 'x'], system.env),
      ]);
      expect(noBroker.code).toBe(1);
      expect(noBroker.stderr).toContain('Kafka at 127.0.0.1:1 did not answer');
      expect(noDatabase.code).toBe(1);
      expect(noDatabase.stderr).toContain('The database cannot be used');
      expect(noDatabase.stderr).not.toContain('secret');
      expect(usedWrongly.map(({ code }) => code)).toEqual([2, 2, 2]);
      expect(await everyRow(system, 'analytics')).toEqual(before);
    }, 120_000);

    it('the command is killed: its process stops by itself, and leaves nothing', async () => {
      const inTheWay = await holding(system, 'analytics', POSITIONS_IN_USE);
      const underway = new Underway(system, 'analytics');
      await underway.untilWaiting();
      await underway.kill();
      await untilNobodyRebuilds(system);
      await inTheWay.end();
      expect(await everyRow(system, 'analytics')).toEqual(before);
      expect(await schemas(system)).toEqual(['analytics', 'warehouse']);
    }, 120_000);

    it('Ctrl-C: nothing is changed, nothing is left; and a second one beside the first is refused', async () => {
      const inTheWay = await holding(system, 'analytics', POSITIONS_IN_USE);
      const underway = new Underway(system, 'analytics');
      await underway.untilWaiting();
      const second = await orderstream(['rebuild', 'analytics', '--yes'], system.env);
      expect(second.code).toBe(1);
      expect(second.stderr).toContain('is being rebuilt already');
      const { code, stderr } = await underway.command.interrupt();
      expect(code).toBe(1);
      expect(stderr).toContain('Stopped: nothing was changed.');
      await inTheWay.end();
      expect(await everyRow(system, 'analytics')).toEqual(before);
      expect(await schemas(system)).toEqual(['analytics', 'warehouse']);
    }, 120_000);

    it('it would hold the group up for longer than it may: it is given up, and says what to do', async () => {
      const inTheWay = await holding(system, 'analytics', WRONG_ROW_IN_USE);
      const { code, stderr } = await orderstream(
        ['rebuild', 'analytics', '--yes', '--lock-seconds', '1'],
        system.env,
      );
      await inTheWay.end();
      expect(code).toBe(1);
      expect(stderr).toContain('longer than 1 s: nothing was changed');
      expect(await everyRow(system, 'analytics')).toEqual(before);
      expect(await schemas(system)).toEqual(['analytics', 'warehouse']);
    }, 120_000);

    it("a dry run while somebody has the group's positions and a row that is wrong in use: it waits for nobody, counts, and changes nothing", async () => {
      const inTheWay = await holding(system, 'analytics', `${POSITIONS_IN_USE}; ${WRONG_ROW_IN_USE}`);
      try {
        const would = await rebuild(system, 'analytics', '--dry-run');
        expect(would).toMatchObject({ exchanged: false, held_up_ms: 0, kept_in: null });
        expect(changesIn(would)).toMatchObject({ 'warehouse.orders': [0, 1, 0], ...AS_THEY_WERE });
      } finally {
        await inTheWay.end();
      }
      expect(await everyRow(system, 'analytics')).toEqual(before);
      expect(await schemas(system)).toEqual(['analytics', 'warehouse']);
    }, 120_000);

    it('the same command afterwards does it', async () => {
      const done = await rebuild(system, 'analytics');
      expect(changesIn(done)['warehouse.orders']).toEqual([0, 1, 0]);
      expect(await schemas(system)).toEqual(['analytics', 'warehouse', 'warehouse_before_rebuild']);
      const dropped = await orderstream(['rebuild', 'analytics', '--drop-old', '--yes'], system.env);
      expect(dropped.code).toBe(0);
      expect(await schemas(system)).toEqual(['analytics', 'warehouse']);
    }, 120_000);
  });
}

async function untilNobodyRebuilds(system: SmallSystem): Promise<void> {
  await eventually(
    async () =>
      expect(
        await system.rows(
          'analytics',
          "SELECT FROM pg_stat_activity WHERE application_name = 'analytics rebuild'",
        ),
      ).toEqual([]),
    { deadlineMs: 30_000, intervalMs: 100 },
  );
}

async function schemas(system: SmallSystem): Promise<string[]> {
  const rows = await system.rows<{ name: string }>(
    'analytics',
    "SELECT nspname::text AS name FROM pg_namespace WHERE nspname ~ '^(analytics|warehouse)' ORDER BY 1",
  );
  return rows.map(({ name }) => name);
}
