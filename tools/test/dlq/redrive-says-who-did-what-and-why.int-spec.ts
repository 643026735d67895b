import { randomUUID } from 'node:crypto';
import { resolutionRecord } from '@orderstream/events';
import { eventually, readTopic, type TopicRecord } from '@orderstream/testing';
import { registerDlq } from '../../src/commands/dlq.ts';
import { inThisProcess, jsonInThisProcess } from '../cli/in-this-process.ts';
import { Orderstream, orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { asAdmin, produce } from '../log/records.ts';
import { letterRecord } from './letters.ts';

// A group that nothing runs here: what it is handed back stays where the test can see it.
const of = { group: 'fraud', topic: 'payments' };

interface JobDocument {
  job: string;
  sent: { id: string; kind: string; retry: { partition: number; offset: number } }[];
  would_send: { id: string }[];
  refused: { id: string; why: string }[];
}

async function recordsOf(topic: string, key: string): Promise<TopicRecord[]> {
  return (await readTopic(topic)).filter((record) => record.key === key);
}

// Jobs run in processes of their own, as operators start them; what is asked or refused before and after them need not.
const dlq = (...args: string[]) => inThisProcess(registerDlq, ['dlq', ...args]);
const dlqJson = <T>(...args: string[]) => jsonInThisProcess<T>(registerDlq, ['dlq', ...args]);

describe('orderstream dlq redrive and discard', () => {
  it('preview and dry run: nothing is written; without a terminal and --yes: refused, 2', async () => {
    const key = randomUUID();
    await produce([letterRecord({ of, offset: Date.now(), key })]);
    const dry = await dlqJson<JobDocument>('redrive', '--key', key, '--dry-run');
    expect(dry).toMatchObject({
      dry_run: true,
      sent: [],
      would_send: [{ group: 'fraud', kind: 'redriven' }],
    });
    const unasked = await orderstream(['dlq', 'redrive', '--key', key, '--why', 'fixed']);
    expect(unasked.code).toBe(2);
    expect(unasked.stderr).toContain('--yes is needed');
    expect(unasked.stderr).toMatch(/DO +GROUP +TOPIC +REASON +RECORDS\nhand back +fraud +payments/);
    expect((await dlq('redrive', '--key', key, '--yes')).stderr).toContain('--why is needed');
    expect((await dlq('redrive', '--why', 'all of it', '--yes')).stderr).toContain('which dead letters?');
    expect(await recordsOf('payments.fraud.retry', key)).toEqual([]);
    expect(await recordsOf('payments.fraud.dlq', key)).toHaveLength(1);
  });

  it('a redrive: key, value and headers byte for byte to that group, then who, why, when and which job', async () => {
    const key = randomUUID();
    const offset = Date.now();
    const value = Buffer.from('{"broken": ');
    await produce([
      letterRecord({ of, partition: 3, offset, key, value, headers: { traceparent: '00-a-b-01' } }),
    ]);
    const args = [
      'dlq',
      'redrive',
      '--key',
      key,
      '--why',
      'parser fixed',
      '--by',
      'ada',
      '--yes',
      '--wait',
      '0',
    ];
    const done = await orderstreamJson<JobDocument>(args);
    const [retry, ...more] = await recordsOf('payments.fraud.retry', key);
    expect(more).toEqual([]);
    expect(retry).toMatchObject({ partition: 3, value: value.toString() });
    expect(retry?.headers).toMatchObject({
      traceparent: '00-a-b-01',
      'dlq-original-offset': String(offset),
      'dlq-redrive-count': '1',
    });
    expect(retry?.headers).not.toHaveProperty('error');
    expect(done.sent).toEqual([
      {
        id: `payments/3/${offset}`,
        group: 'fraud',
        topic: 'payments',
        kind: 'redriven',
        retry: { partition: 3, offset: retry?.offset },
      },
    ]);
    const resolution = (await recordsOf('payments.fraud.dlq', key)).at(-1);
    expect(JSON.parse(resolution?.value as string)).toMatchObject({
      resolution: 'redriven',
      by: 'ada',
      why: 'parser fixed',
      job: done.job,
    });
    const again = await jsonInThisProcess<JobDocument>(registerDlq, args);
    expect(again.sent).toEqual([]);
    expect(await recordsOf('payments.fraud.retry', key)).toHaveLength(1);
    const shown = await dlq('show', `payments/3/${offset}`);
    expect(shown.stdout).toMatch(/: redriven\n[^]*redriven by ada: parser fixed/);
  });

  it('one that came back as often as is allowed: named, not sent, 1; the others are sent', async () => {
    const [key, tired] = [randomUUID(), randomUUID()];
    const offset = Date.now();
    await produce([
      letterRecord({ of, offset, key: tired, redriveCount: 5 }),
      letterRecord({ of, offset: offset + 1, key }),
    ]);
    const args = ['dlq', 'redrive', '--key', key, tired, '--why', 'again', '--yes', '--wait', '0'];
    const { code, stderr } = await orderstream(args);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `payments/0/${offset} of fraud was redriven 5 times and came back (--max-redrives 5)`,
    );
    expect(await recordsOf('payments.fraud.retry', tired)).toEqual([]);
    expect(await recordsOf('payments.fraud.retry', key)).toHaveLength(1);
  });

  it.each(['redrive', 'discard'])(
    '%s of a record that no group has given up: named, 1; what is there is done, and once it is, it may be named again',
    async (command) => {
      const [key, offset] = [randomUUID(), Date.now()];
      await produce([letterRecord({ of, offset, key })]);
      const [there, missing] = [`payments/0/${offset}`, `payments/0/${offset + 1}`];
      const args = ['dlq', command, '--why', 'mended', '--yes', '--wait', '0', '--id'];
      const both = await orderstream([...args, there, missing, '--json']);
      expect(both.code).toBe(1);
      expect(both.stderr).toContain(
        `Left out:\n  ${missing} is not there, or not as the other options say\n`,
      );
      expect(JSON.parse(both.stdout)).toMatchObject({
        sent: [{ id: there }],
        refused: [{ id: missing, group: null }],
      });
      expect((await jsonInThisProcess<JobDocument>(registerDlq, [...args, there])).sent).toEqual([]);
      expect((await inThisProcess(registerDlq, [...args, there, '--reason', 'not-json'])).code).toBe(1);
    },
  );

  it('a discard that leaves successors: refused until it is said what becomes of them, then done in order', async () => {
    const key = randomUUID();
    const offset = Date.now();
    await produce([letterRecord({ of, offset, key })]);
    await produce([letterRecord({ of, offset: offset + 1, key, behind: offset })]);
    const args = [
      'dlq',
      'discard',
      '--id',
      `payments/0/${offset}`,
      '--why',
      'a test order',
      '--yes',
      '--wait',
      '0',
    ];
    const undecided = await inThisProcess(registerDlq, args);
    expect(undecided.code).toBe(1);
    expect(undecided.stderr).toContain('--successors redrive');
    expect(await recordsOf('payments.fraud.retry', key)).toEqual([]);
    const done = await orderstreamJson<JobDocument>([...args, '--successors', 'redrive']);
    expect(done.sent.map(({ kind }) => kind)).toEqual(['discarded', 'redriven']);
    const retries = await recordsOf('payments.fraud.retry', key);
    expect(retries.map(({ headers }) => headers['dlq-redrive-action'])).toEqual(['discard', undefined]);
    expect(retries.map(({ headers }) => headers['dlq-original-offset'])).toEqual([
      String(offset),
      String(offset + 1),
    ]);
    const states = await dlqJson<{ letters: { state: string }[] }>('list', '--key', key, '--state', 'all');
    expect(states.letters.map(({ state }) => state).sort()).toEqual(['discarded', 'redriven']);
  });

  it("somebody else's discard came to the group first: not reported as handled, 1, and shown as what had no effect", async () => {
    const [key, offset, partition] = [randomUUID(), Date.now(), 4];
    const letter = letterRecord({ of, partition, offset, key });
    // The copy that came first.
    await produce([{ ...letter, topic: 'payments.fraud.retry' }, letter]);
    const job = new Orderstream([
      ...['dlq', 'redrive', '--key', key, '--why', 'mended', '--by', 'ada', '--yes', '--json'],
    ]);
    await eventually(() => job.stderr.includes('still to handle'), { deadlineMs: 30_000 });
    const underWay = await dlq('show', `payments/4/${offset}`);
    expect(underWay.stdout).toMatch(/payments\.fraud\.retry\/4\/\d+; fraud has still to come to it/);
    const [before] = await recordsOf('payments.fraud.retry', key);
    const resolution = { by: 'grace', why: 'a test order', at: new Date().toISOString(), job: 'another' };
    await produce([
      resolutionRecord(asMessage(letter), {
        ...{ kind: 'discarded', redriveCount: 0, retryOffset: before?.offset, ...resolution },
      }),
    ]);
    await asAdmin((admin) =>
      admin.setOffsets({
        groupId: 'fraud',
        topic: 'payments.fraud.retry',
        partitions: [{ partition, offset: String((before?.offset ?? 0) + 2) }],
      }),
    );
    const { code, stdout } = await job.ended;
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      settled: true,
      overtaken: [{ id: `payments/4/${offset}`, state: 'discarded', by: 'grace' }],
    });
    const shown = await dlq('show', `payments/4/${offset}`);
    expect(shown.stdout).toContain(`payments.fraud.retry/4/${before?.offset}; fraud has come past it`);
    expect(shown.stdout).toMatch(
      /redriven by ada: mended \(without effect: the group dropped this copy\)\n.*discarded by grace: a test order\n/,
    );
    const listed = await dlqJson<{ letters: object[] }>('list', '--key', key, '--state', 'all');
    expect(listed.letters).toMatchObject([
      { state: 'discarded', settled: true, resolution: { by: 'grace', retry: { partition } } },
    ]);
  });

  it('a discard, and something is parked behind it meanwhile: named, 1; the same command then does what is said of it', async () => {
    const [key, kept, offset, partition] = [randomUUID(), randomUUID(), Date.now(), 1];
    await produce([letterRecord({ of, partition, offset, key })]);
    // Behind one that is gone, and known before: nothing that this job would have to ask about.
    await produce([letterRecord({ of, partition, offset: offset + 2, key: kept, behind: 1 })]);
    await produce([letterRecord({ of, partition, offset: offset + 3, key: kept })]);
    const heads = [`payments/1/${offset}`, `payments/1/${offset + 3}`];
    const args = ['dlq', 'discard', '--id', ...heads, '--why', 'a test order', '--yes'];
    const job = new Orderstream(args);
    await eventually(() => job.stderr.includes('still to handle'), { deadlineMs: 30_000 });
    await produce([letterRecord({ of, partition, offset: offset + 1, key, behind: offset })]);
    const [copy] = await recordsOf('payments.fraud.retry', kept);
    await asAdmin((admin) =>
      admin.setOffsets({
        groupId: 'fraud',
        topic: 'payments.fraud.retry',
        partitions: [{ partition, offset: String((copy?.offset ?? 0) + 1) }],
      }),
    );
    const { code, stdout } = await job.ended;
    expect(code).toBe(1);
    expect(stdout).toContain(
      `still parked, although nothing before them is open: payments/1/${offset + 1}\n`,
    );
    expect(stdout).toContain('the same command with --successors');

    expect((await inThisProcess(registerDlq, args)).stderr).toContain(
      'Say what becomes of them: --successors redrive',
    );
    const rest = [...args, '--successors', 'redrive', '--wait', '0'];
    expect((await orderstreamJson<JobDocument>(rest)).sent).toMatchObject([
      { id: `payments/1/${offset + 1}`, kind: 'redriven' },
    ]);
  });

  it('a group that is not running: said, and 1 when the wait is over; the record waits for it', async () => {
    const key = randomUUID();
    await produce([letterRecord({ of, offset: Date.now(), key })]);
    const { code, stdout } = await orderstream([
      ...['dlq', 'redrive', '--key', key, '--why', 'fixed', '--yes', '--wait', '500ms'],
    ]);
    expect(code).toBe(1);
    expect(stdout).toContain('fraud has 1 of payments still to handle (it is not running');
  });
});

/** As the tool would read it. */
function asMessage({
  key,
  headers,
}: ReturnType<typeof letterRecord>): Parameters<typeof resolutionRecord>[0] {
  const buffers = Object.entries(headers).map(([name, value]) => [name, Buffer.from(String(value))]);
  return {
    key: key === null ? null : Buffer.from(key),
    value: null,
    headers: Object.fromEntries(buffers) as Record<string, Buffer>,
    ...{ timestamp: '0', attributes: 0, offset: '0' },
  };
}
