import { newEvent, orderConfirmed, recordOf } from '@orderstream/events';
import { eventually, readTopic } from '@orderstream/testing';
import { orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { produce } from '../log/records.ts';
import { orderRecord, SmallSystem } from '../operations/small-system.ts';

const ORDERS = 40;
const REPLAYED = ['worker', 'notifier'] as const;

interface Replayed {
  done: boolean;
  records: number;
  partitions: { partition: number; position: number | null; back_to: number | null; records: number }[];
  why_nothing_is_repeated: string;
}

describe('replaying orders for the worker and the notifier', () => {
  let system: SmallSystem;
  beforeAll(async () => {
    system = await SmallSystem.start('worker', 'notifier');
  }, 180_000);
  afterAll(() => system.stop(), 60_000);

  it('every record is handled again; nothing is emitted twice, nothing is mailed twice', async () => {
    const orders = Array.from({ length: ORDERS }, () => orderRecord('ada'));
    await produce(orders);
    await untilMailed(system, ORDERS);
    await untilPast(system, 2 * ORDERS);
    const before = await everything(system);

    const running = await orderstream(
      ['replay', '--group', 'worker', '--topic', 'orders', '--from', 'beginning', '--yes'],
      system.env,
    );
    expect(running.code).toBe(1);
    expect(running.stderr).toMatch(/worker is running: 1 member\(s\), .*Stop every instance of worker first/);
    expect(await everything(system)).toEqual(before);

    for (const group of REPLAYED) {
      await system.stopService(group);
      const args = ['replay', '--group', group, '--topic', 'orders', '--from', 'beginning'];
      const dry = await orderstreamJson<Replayed>([...args, '--dry-run'], system.env);
      expect(dry).toMatchObject({ done: false, records: 2 * ORDERS });
      const replayed = await orderstreamJson<Replayed>([...args, '--yes'], system.env);
      expect(replayed).toMatchObject({ done: true, records: 2 * ORDERS });
      expect(
        replayed.partitions.filter(({ records }) => records > 0).every(({ back_to }) => back_to === 0),
      ).toBe(true);
      expect(replayed.why_nothing_is_repeated).not.toBe('');
      // What the log calls lag is the same as what the database calls it.
      const again = await orderstreamJson<Replayed>([...args, '--yes'], system.env);
      expect(again).toMatchObject({ done: false, records: 0 });
    }
    await Promise.all(REPLAYED.map((group) => system.startService(group)));
    await untilPast(system, 2 * ORDERS);

    // A new order behind the replay: once it has been mailed, whatever the replay led to would have been, too.
    const last = orderRecord('grace');
    await produce([last]);
    await untilMailed(system, ORDERS + 1);
    await untilPast(system, 2 * ORDERS + 2);
    const after = await everything(system);
    expect(after.mails).toEqual([...before.mails, `${last.key}@example.com`].sort());
    expect(after.confirmed).toEqual([...before.confirmed, last.key].sort());
    expect(after.ledger).toEqual([...before.ledger, `${last.key} 1 sent`].sort());
    expect(after.outbox).toBe(0);
  }, 240_000);

  it('the check sees a mail that is sent twice', async () => {
    const before = await everything(system);
    const [again] = before.confirmed;
    const { payload } = (await confirmationOf(again as string)) as {
      payload: Parameters<typeof newEvent<typeof orderConfirmed>>[1];
    };
    // Another event, another recipient: what a notifier that forgets would send.
    const other = {
      ...payload,
      contact: { email: `${again}@example.com` },
      order_id: orderRecord('ada').key,
    };
    await produce([
      recordOf('orders', other.order_id, newEvent(orderConfirmed, other, { source: 'worker' })),
    ]);
    await untilMailed(system, before.mails.length + 1);
    const after = await everything(system);
    expect(after.mails).not.toEqual([...new Set(after.mails)]);
  }, 60_000);
});

/** Whatever a replay could repeat. */
async function everything(system: SmallSystem) {
  const records = await readTopic('orders');
  const ledger = await system.rows<{ line: string }>(
    'notifier',
    "SELECT order_id || ' ' || attempts || ' ' || state AS line FROM notifier.notifications",
  );
  const outbox = await system.rows('worker', 'SELECT 1 FROM worker.outbox');
  return {
    confirmed: records
      .filter(({ headers }) => headers['event-type'] === 'order.confirmed')
      .map(({ key }) => key as string)
      .sort(),
    mails: await addresses(system),
    ledger: ledger.map(({ line }) => line).sort(),
    outbox: outbox.length,
  };
}

async function confirmationOf(orderId: string): Promise<unknown> {
  const found = (await readTopic('orders')).find(
    ({ key, headers }) => key === orderId && headers['event-type'] === 'order.confirmed',
  );
  return JSON.parse(found?.value as string) as unknown;
}

async function addresses({ mailbox }: SmallSystem): Promise<string[]> {
  const answer = await fetch(new URL('/api/v1/messages?summary=true&limit=1000', mailbox.url));
  const { messages } = (await answer.json()) as { messages: { to: string[] }[] };
  return messages.flatMap(({ to }) => to).sort();
}

function untilMailed(system: SmallSystem, count: number): Promise<unknown> {
  return eventually(async () => expect(await addresses(system)).toHaveLength(count), {
    deadlineMs: 60_000,
    intervalMs: 200,
  });
}

/** Resolves once both groups have come past so many records of the topic, as their databases say. */
function untilPast(system: SmallSystem, records: number): Promise<unknown> {
  return eventually(
    async () => {
      for (const group of REPLAYED) {
        const [row] = await system.rows<{ passed: number }>(
          group,
          `SELECT sum(next_offset)::int AS passed FROM ${group}.consumer_positions WHERE consumer_group = '${group}' AND topic = 'orders'`,
        );
        expect(row?.passed).toBe(records);
      }
    },
    { deadlineMs: 60_000, intervalMs: 200 },
  );
}
