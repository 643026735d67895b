import { eventually } from '@orderstream/testing';
import { orderstream } from '../cli/orderstream.ts';
import { produce } from '../log/records.ts';
import { orderRecord, type SmallSystem } from '../operations/small-system.ts';
import {
  AS_THEY_WERE,
  changesIn,
  holding,
  POSITIONS_IN_USE,
  runRebuild,
  Underway,
  untilSettled,
  type Rebuilt,
} from './rebuilt-system.ts';

/** On a settled system; of its tables it looks at the orders of its own customers. */
export function leavesOutWhatTheGroupGaveUp(running: () => SmallSystem): void {
  describe('a rebuild, and records that came another way than by their topic', () => {
    let system: SmallSystem;
    beforeAll(() => {
      system = running();
    });

    it('redriven, or put on the retry topic by hand: it is there; discarded or open: it is not, until its redrive', async () => {
      await system.rows(
        'analytics',
        "ALTER TABLE warehouse.orders ADD CONSTRAINT refused CHECK (customer_id <> 'mallory') NOT VALID",
      );
      const good = orderRecord('alice');
      const [redriven, discarded, open] = [
        orderRecord('mallory'),
        orderRecord('mallory'),
        orderRecord('mallory'),
      ];
      await produce([good, redriven, discarded, open]);
      await untilSettled(system);
      expect(await ordersIn(system)).toEqual([good.key]);
      await system.rows('analytics', 'ALTER TABLE warehouse.orders DROP CONSTRAINT refused');

      const dlq = (...args: string[]) => orderstream(['dlq', ...args, '--group', 'analytics'], system.env);
      const handedBack = await dlq('redrive', '--key', redriven.key, '--yes', '--why', 'mended');
      // It was waited for: handled, and none died again.
      expect(handedBack.code).toBe(0);
      const givenUp = await dlq(
        'discard',
        ...['--key', discarded.key, '--successors', 'discard', '--yes', '--why', 'a test order'],
      );
      expect(givenUp.code).toBe(0);
      await untilOpen(system, [open.key]);
      expect(await ordersIn(system)).toEqual([good.key, redriven.key].sort());

      const byHand = [orderRecord('eve'), orderRecord('eve')] as const;
      const handIn = async (record: (typeof byHand)[number]): Promise<void> => {
        await produce([{ ...record, topic: 'orders.analytics.retry' }]);
        await eventually(async () => expect(await ordersIn(system)).toContain(record.key), PATIENCE);
      };
      await handIn(byHand[0]);
      await system.rows(
        'analytics',
        `WITH gone AS (DELETE FROM warehouse.orders WHERE ${OWN} RETURNING order_id)
       DELETE FROM warehouse.order_items USING gone WHERE order_items.order_id = gone.order_id`,
      );
      const inTheWay = await holding(system, 'analytics', POSITIONS_IN_USE);
      const underway = new Underway(system, 'analytics', '--json');
      await underway.untilWaiting();
      await handIn(byHand[1]);
      await inTheWay.end();
      const { stdout } = await underway.command.ended;
      const rebuilt = JSON.parse(stdout) as Rebuilt;
      // Its order.created, and the worker's order.confirmed that is parked behind it.
      expect(rebuilt.open_dead_letters).toBe(2);
      expect(changesIn(rebuilt)).toEqual({
        'warehouse.orders': [3, 0, 0],
        'warehouse.order_items': [3, 0, 0],
        'warehouse.revenue_per_minute': [0, 0, 0],
        ...AS_THEY_WERE,
      });
      const all = [good.key, redriven.key, ...byHand.map(({ key }) => key)];
      expect(await ordersIn(system)).toEqual(all.toSorted());

      await dlq('redrive', '--key', open.key, '--yes', '--why', 'mended');
      await untilOpen(system, []);
      expect(await ordersIn(system)).toEqual([...all, open.key].sort());
      const again = await runRebuild(system, 'analytics', { dry_run: true });
      expect(new Set(Object.values(changesIn(again)).flat())).toEqual(new Set([0]));
    }, 360_000);

    it('a record that was handled and cannot be handled now: refused, with its name', async () => {
      // The draft has the tables' constraints: it refuses what a broken handler would.
      await system.rows(
        'analytics',
        "ALTER TABLE warehouse.orders ADD CONSTRAINT refused CHECK (customer_id <> 'alice') NOT VALID",
      );
      const { code, stderr } = await orderstream(['rebuild', 'analytics', '--yes'], system.env);
      expect(code).toBe(1);
      expect(stderr).toMatch(/2 records cannot be handled now[^]*orders\/\d\/\d+ [^]*--leave-out/);
      expect(await ordersIn(system)).toHaveLength(5);
    }, 120_000);
  });
}

const OWN = "customer_id IN ('alice', 'mallory', 'eve')";
const PATIENCE = { deadlineMs: 60_000, intervalMs: 100 };

async function ordersIn(system: SmallSystem): Promise<string[]> {
  const rows = await system.rows<{ order_id: string }>(
    'analytics',
    `SELECT order_id FROM warehouse.orders WHERE ${OWN}`,
  );
  return rows.map(({ order_id }) => order_id).sort();
}

/** Resolves once these keys are the ones with open dead letters. */
function untilOpen(system: SmallSystem, keys: readonly string[]): Promise<unknown> {
  return eventually(async () => {
    const rows = await system.rows<{ key: string }>(
      'analytics',
      "SELECT DISTINCT convert_from(record_key, 'UTF8') AS key FROM analytics.dead_letters",
    );
    expect(rows.map(({ key }) => key).sort()).toEqual([...keys].sort());
  }, PATIENCE);
}
