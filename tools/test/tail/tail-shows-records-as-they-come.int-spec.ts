import { newEvent, orderCreated, recordOf } from '@orderstream/events';
import { once } from 'node:events';
import { eventually, testTopic, type TestTopic } from '@orderstream/testing';
import { Orderstream, orderstream } from '../cli/orderstream.ts';
import { produce } from '../log/records.ts';

describe('orderstream tail', () => {
  let topic: TestTopic;
  beforeEach(async () => {
    topic = await testTopic({ partitions: 2 });
  });
  afterEach(() => topic.delete());

  function order(key: string) {
    const payload = {
      order_id: '01906a5e-0000-7000-8000-000000000001',
      customer_id: 'ada',
      currency: 'EUR' as const,
      amount_total: 450,
      items: [{ sku: 'tea', quantity: 1, unit_amount: 450 }],
      contact: { email: 'ada@example.com' },
    };
    return recordOf(topic.name, key, newEvent(orderCreated, payload, { source: 'order-api' }));
  }

  it('follows from now: what was there is not shown, what comes is, Ctrl-C ends with 0', async () => {
    await produce([order('before')]);
    const tail = new Orderstream(['tail', topic.name, '--json']);
    await eventually(async () => {
      await produce([order('after')]);
      return tail.lines.length > 0;
    });
    const { code, stderr } = await tail.interrupt();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(tail.lines.map((line) => (JSON.parse(line) as { key: string }).key)).toEqual(
      tail.lines.map(() => 'after'),
    );
  });

  it('until the end, filtered: one line each, without contact details unless they are asked for', async () => {
    const [offset] = await produce([order('k-1'), order('k-2')]);
    const args = ['tail', topic.name, '--from', 'beginning', '--until-end', '--key', 'k-1'];
    const masked = await orderstream(args);
    expect(masked).toMatchObject({ code: 0, stderr: '' });
    expect(masked.stdout.split('\n')).toHaveLength(2);
    expect(masked.stdout).toMatch(
      new RegExp(
        `^20[\\dT:.-]+Z  ${topic.name}/\\d/${offset}  order\\.created +k-1 +.*"contact":\\{"email":"•••"\\}`,
      ),
    );
    expect((await orderstream([...args, '--show-contacts'])).stdout).toContain('ada@example.com');
    expect((await orderstream([...args, '--type', 'order.paid'])).stdout).toBe('');
  });

  it('until the end, cut off before it: 1, so that nobody takes it for everything', async () => {
    const value = 'x'.repeat(2_000);
    await produce(Array.from({ length: 6_000 }, (_, n) => ({ ...order(`${n}`), partition: 0, value })));
    const tail = new Orderstream(['tail', topic.name, '--from', 'beginning', '--until-end', '--json']);
    // Nobody reads on: it stands where its pipe is full, several fetches before the end.
    await once(tail.process.stdout, 'data');
    tail.process.stdout.pause();
    const ended = tail.interrupt();
    tail.process.stdout.resume();
    const { code, stderr } = await ended;
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'stopped before the end: not everything was shown\n',
    });
    expect(tail.lines.length).toBeLessThan(6_000);
  });

  it('until the end, and its reader has seen enough: 0', async () => {
    await produce(Array.from({ length: 2_000 }, (_, n) => ({ ...order(`${n}`), value: 'x'.repeat(2_000) })));
    const tail = new Orderstream(['tail', topic.name, '--from', 'beginning', '--until-end', '--json']);
    await once(tail.process.stdout, 'data');
    tail.process.stdout.destroy();
    expect(await tail.ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('a limit, an offset, a partition: respected', async () => {
    await produce(
      Array.from({ length: 9 }, (_, n) => ({
        topic: topic.name,
        partition: 1,
        key: `${n}`,
        value: 'x',
        headers: {},
      })),
    );
    const args = ['tail', topic.name, '--from', '3', '--limit', '2', '--partition', '1', '--json'];
    const { code, stdout } = await orderstream(args);
    expect(code).toBe(0);
    const shown = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(shown).toMatchObject([{ partition: 1, offset: 3, key: '3' }, { offset: 4 }]);
  });

  it('a topic that is not there: 1, and which ones there are', async () => {
    const { code, stdout, stderr } = await orderstream(['tail', 'order']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^There is no topic order\./);
  });

  it('no Kafka: 1, and how to name another one', async () => {
    const { code, stderr } = await orderstream(['tail', 'orders', '--brokers', '127.0.0.1:1']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Kafka at 127\.0\.0\.1:1 did not answer: .*ECONNREFUSED.*--brokers or KAFKA_BROKERS\.\n$/,
    );
  });

  it.each([
    ['a time without a zone', '2026-06-13T10:00:00'],
    ['a time that no calendar has', '2026-13-01T00:00:00Z'],
  ])('%s: 2', async (_, from) => {
    const { code, stderr } = await orderstream(['tail', 'orders', '--from', from]);
    expect(code).toBe(2);
    expect(stderr).toContain('RFC 3339');
    expect(stderr).not.toContain(' at ');
  });
});
