import { testTopic, type TestTopic } from '@orderstream/testing';
import { LogReader } from '../../src/log/log-reader.ts';
import type { LogRecord } from '../../src/log/log-record.ts';
import { asAdmin, kafkaSettings, produce } from './records.ts';

describe('the log reader', () => {
  const clientId = `reader-${process.pid}`;
  let topic: TestTopic;
  let reader: LogReader;
  let membersSeen: string[] | undefined;
  beforeAll(async () => {
    topic = await testTopic({ partitions: 3 });
    reader = await LogReader.open({ ...kafkaSettings(), clientId });
    await produce(
      Array.from({ length: 3_000 }, (_, n) => ({
        topic: topic.name,
        partition: n % 3,
        key: `key-${n % 7}`,
        value: n % 10 === 0 ? null : `value ${n} ${'x'.repeat(2_000)}`,
        headers: { n: String(n) },
      })),
    );
  });
  afterAll(async () => {
    await reader.close();
    await topic.delete();
  });

  async function read(from: [number, number][], to: [number, number][]): Promise<LogRecord[]> {
    const records: LogRecord[] = [];
    membersSeen = undefined;
    const options = { topic: topic.name, from: new Map(from), to: new Map(to) };
    for await (const record of reader.records(options)) {
      membersSeen ??= await members();
      records.push(record);
    }
    return records;
  }

  it('between two positions: every record once, each partition in its order, and no group knows', async () => {
    const records = await read(
      [
        [0, 0],
        [1, 300],
        [2, 1_000],
      ],
      [
        [0, 1_000],
        [1, 700],
        [2, 1_000],
      ],
    );
    for (const [partition, first, end] of [
      [0, 0, 1_000],
      [1, 300, 700],
      [2, 0, 0],
    ] as const) {
      const offsets = records.filter((record) => record.partition === partition).map(({ offset }) => offset);
      expect(offsets).toEqual(Array.from({ length: end - first }, (_, index) => first + index));
    }
    expect(records.find(({ partition, offset }) => partition === 0 && offset === 0)).toMatchObject({
      value: null,
      headers: { n: Buffer.from('0') },
    });
    expect(membersSeen).not.toContain(clientId);
  });

  it('at a time: from the first record of that time on; after the last one: the end', async () => {
    const last = (await read([[1, 999]], [[1, 1_000]]))[0] as LogRecord;
    const at = await reader.offsetsAt(topic.name, { kind: 'time', timeMs: last.timestampMs });
    const [found] = await read([[1, at.get(1) as number]], [[1, 1_000]]);
    expect(found?.timestampMs).toBe(last.timestampMs);
    const after = await reader.offsetsAt(topic.name, { kind: 'time', timeMs: last.timestampMs + 60_000 });
    expect([...after.values()]).toEqual([1_000, 1_000, 1_000]);
  });

  it('what retention has deleted: said, and read from where there is something', async () => {
    const short = await testTopic();
    await produce(
      Array.from({ length: 10 }, (_, n) => ({ topic: short.name, key: 'k', value: `${n}`, headers: {} })),
    );
    await asAdmin(async (admin) => {
      // kafkajs deletes only from topics this client has asked about.
      await admin.fetchTopicOffsets(short.name);
      const partitions = [{ partition: 0, offset: '6' }];
      await admin.deleteTopicRecords({ topic: short.name, partitions });
    });
    const said: string[] = [];
    const values: string[] = [];
    const records = reader.records({
      topic: short.name,
      from: new Map([[0, 2]]),
      to: new Map([[0, 10]]),
      onTrouble: (sentence) => said.push(sentence),
    });
    for await (const { value } of records) values.push(String(value));
    expect(values).toEqual(['6', '7', '8', '9']);
    expect(said).toEqual([`${short.name}/0: offset 2 is gone; going on at 6`]);
    await short.delete();
  });

  it('an unknown topic: refused with the ones there are', async () => {
    await expect(reader.bounds('no-such-topic')).rejects.toThrow(
      /There is no topic no-such-topic\. There are: /,
    );
  });
});

/** The client ids of whoever is in any group now. */
function members(): Promise<string[]> {
  return asAdmin(async (admin) => {
    const { groups } = await admin.listGroups();
    const described = await admin.describeGroups(groups.map(({ groupId }) => groupId));
    return described.groups.flatMap((group) => group.members.map((member) => member.clientId));
  });
}
