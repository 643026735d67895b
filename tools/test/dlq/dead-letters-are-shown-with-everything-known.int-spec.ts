import { randomUUID } from 'node:crypto';
import { registerDlq } from '../../src/commands/dlq.ts';
import { inThisProcess, jsonInThisProcess } from '../cli/in-this-process.ts';
import { orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { produce } from '../log/records.ts';
import { letterRecord } from './letters.ts';

interface Listed {
  total: number;
  counts: { reason: string; count: number; state: string }[];
  letters: { id: string; state: string; reason: string; parked_behind: string | null }[];
}

const of = { group: 'fraud', topic: 'payments' };

describe('orderstream dlq list and show', () => {
  const key = randomUUID();
  const offset = Date.now();
  const id = `payments/2/${offset}`;
  beforeAll(async () => {
    const value = JSON.stringify({
      event_type: 'payment.processed',
      payload: { contact: { email: 'a@example.com' } },
    });
    const letters = [
      letterRecord({ of, partition: 2, offset, key, value, headers: { traceparent: '00-1-2-00' } }),
      letterRecord({ of, partition: 2, offset: offset + 1, key, behind: offset }),
      letterRecord({ of, partition: 2, offset: offset + 2, key, behind: offset }),
    ];
    for (const each of letters) await produce([each]);
  });

  it('list: counted by reason, newest state only, and nothing of other keys', async () => {
    const listed = await orderstreamJson<Listed>(['dlq', 'list', '--group', 'fraud', '--key', key]);
    expect(listed.total).toBe(3);
    expect(listed.counts).toMatchObject([
      { group: 'fraud', topic: 'payments', state: 'open', reason: 'parked-behind', count: 2 },
      { reason: 'contract-violated', count: 1 },
    ]);
    expect(listed.letters.find((each) => each.id === id)).toMatchObject({
      ...{ group: 'fraud', topic: 'payments', state: 'open', reason: 'contract-violated', key },
      ...{
        event_type: 'order.created',
        redrive_count: 0,
        died_at: '2026-06-13T10:00:01.000Z',
        parked_behind: null,
      },
    });
    const { stdout } = await inThisProcess(registerDlq, ['dlq', 'list', '--topic', 'payments', '--id', id]);
    expect(stdout).toMatch(/^GROUP +TOPIC +STATE +REASON +COUNT/);
    expect(stdout).toMatch(new RegExp(`\\n${id} +fraud +.*contract-violated`));
  });

  it.each([
    [['--reason', 'not-json'], 0],
    [['--reason', 'parked-behind', 'not-json'], 2],
    [['--type', 'payment.failed'], 0],
    [['--state', 'redriven'], 0],
    [['--since', '2026-06-13T10:00:01Z'], 3],
    [['--since', '2026-06-13T10:00:02Z'], 0],
    [['--until', '2026-06-13T12:00:01+02:00'], 0],
  ])('list %j: %i of the three', async (flags, total) => {
    const listed = await jsonInThisProcess<Listed>(registerDlq, ['dlq', 'list', '--key', key, ...flags]);
    expect(listed.total).toBe(total);
  });

  it('show: error, stack, headers, the value without contacts, and what waits behind it', async () => {
    const { code, stdout } = await orderstream(['dlq', 'show', id]);
    expect(code).toBe(0);
    for (const text of [
      `${id}, which fraud could not process: open`,
      'UnreadableRecord: /payload/items required',
      'at decode (decode.js:1:1)',
      'traceparent: 00-1-2-00',
      '"email": "•••"',
      'waiting behind it (2):',
      `payments/2/${offset + 2}`,
      'given up: contract-violated',
    ]) {
      expect(stdout).toContain(text);
    }
    const open = await inThisProcess(registerDlq, ['dlq', 'show', id, '--show-contacts']);
    expect(open.stdout).toContain('a@example.com');
    const detail = await jsonInThisProcess<{
      value: unknown;
      history: { what: string }[];
      waiting_behind: { id: string }[];
    }>(registerDlq, ['dlq', 'show', id]);
    expect(detail.value).toEqual({ event_type: 'payment.processed', payload: { contact: { email: '•••' } } });
    expect(detail.history.map(({ what }) => what)).toEqual([
      'given up: contract-violated, handed back 0 time(s) before',
    ]);
    expect(detail.waiting_behind.map((each) => each.id)).toEqual([
      `payments/2/${offset + 1}`,
      `payments/2/${offset + 2}`,
    ]);
  });

  it('a record nobody gave up: 1; a group that does not read the topic, a bad time, a bad id: 2', async () => {
    expect(await orderstream(['dlq', 'show', 'payments/0/999999999999'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No group has given up payments/0/999999999999') as string,
    });
    const dlq = (...args: string[]) => inThisProcess(registerDlq, ['dlq', ...args]);
    expect(await dlq('list', '--group', 'order-api', '--topic', 'payments')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('order-api does not read payments; it reads orders') as string,
    });
    expect((await dlq('list', '--group', 'shipping')).stderr).toContain('Allowed choices are');
    expect((await dlq('list', '--since', 'yesterday')).code).toBe(2);
    expect((await dlq('list', '--id', 'orders-3-4')).code).toBe(2);
  });
});
