import { databaseUrl, eventually } from '@orderstream/testing';
import { Orderstream, orderstream } from '../cli/orderstream.ts';
import { asAdmin, produce } from '../log/records.ts';
import { scratchPlatform, type ScratchPlatform } from '../platform/scratch-platform.ts';

describe('a broker that goes away', () => {
  let scratch: ScratchPlatform;
  let platform: Awaited<ReturnType<ScratchPlatform['start']>>;
  beforeAll(async () => {
    scratch = await scratchPlatform();
    platform = await scratch.start({ databaseUrl: databaseUrl() });
    process.env['KAFKA_BROKERS'] = scratch.kafkaBrokers;
    await asAdmin((admin) => admin.createTopics({ topics: [{ topic: 'watched' }], waitForLeaders: false }));
  }, 120_000);
  afterAll(() => scratch.remove(), 60_000);

  const record = (value: string) => ({ topic: 'watched', partition: 0, key: 'k', value, headers: {} });
  const values = (tail: Orderstream) =>
    tail.lines.map((line) => (JSON.parse(line) as { value: unknown }).value);

  it('and comes back: a tail says so once and goes on where it was, no record twice and none left out', async () => {
    await eventually(() => produce([record('1')]));
    const tail = new Orderstream(['tail', 'watched', '--from', 'beginning', '--json']);
    await eventually(() => expect(values(tail)).toEqual([1]));
    await platform.stopKafka();
    await eventually(() => expect(tail.stderr).toContain('Kafka does not answer; trying until it does'));
    await platform.startKafka();
    await eventually(() => produce([record('2')]), { deadlineMs: 60_000 });
    await eventually(() => expect(values(tail)).toContain(2), { deadlineMs: 60_000 });
    await produce([record('3')]);
    await eventually(() => expect(values(tail).at(-1)).toBe(3));
    const { code, stderr } = await tail.interrupt();
    expect(code).toBe(0);
    expect(stderr.match(/does not answer/g)).toHaveLength(1);
    const offsets = tail.lines.map((line) => (JSON.parse(line) as { offset: number }).offset);
    expect(offsets).toEqual(offsets.map((_, index) => index));
  }, 180_000);

  it('and stays away: what reads to an end gives up with a sentence, 1', async () => {
    await platform.stopKafka();
    const { code, stdout, stderr } = await orderstream(['dlq', 'list']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^Kafka at 127\.0\.0\.1:\d+ did not answer: .*\n$/);
  });
});
