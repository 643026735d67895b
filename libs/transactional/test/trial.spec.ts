import {
  NotAcceptedError,
  RecordRefusedError,
  type EventProducer,
  type OutgoingRecord,
  type RecordPosition,
  type Topic,
} from '@orderstream/events';
import type { Progress } from '../src/outbox/outbox-table.ts';
import { StuckPartitions } from '../src/outbox/stuck-partitions.ts';
import { Trial } from '../src/outbox/trial.ts';

const record = (topic: string, value: string): OutgoingRecord => ({ topic, key: 'k', value, headers: {} });
const row = (id: number, ...records: OutgoingRecord[]): Progress => ({
  row: { id: String(id), text: '', records },
  open: records,
});

describe('Trial', () => {
  let stuck: StuckPartitions;
  let trial: Trial;
  let sent: (string | Buffer | null)[];
  beforeEach(() => {
    stuck = new StuckPartitions([{ name: 'a', partitions: 6 } as Topic]);
    stuck.add(record('a', ''));
    stuck.add(record('b', ''));
    trial = new Trial(stuck);
    sent = [];
  });

  const run = (failures: Readonly<Record<string, Error>> = {}) =>
    trial.run({
      sendAll: async (records: readonly OutgoingRecord[]) => {
        sent = records.map(({ value }) => value);
        return records.map(({ value }): PromiseSettledResult<RecordPosition> => {
          const reason = failures[String(value)];
          const position = { topic: '', partition: 0, offset: 0 };
          return reason ? { status: 'rejected', reason } : { status: 'fulfilled', value: position };
        });
      },
    } as EventProducer);
  const openOf = (rows: readonly Progress[]) =>
    rows.map(({ row: { id }, open }) => [id, open.map(({ value }) => value)]);

  it('several rows of a stuck partition: only what the first one holds of it is sent', async () => {
    trial.gather(row(1, record('a', '1'), record('a', '2')));
    trial.gather(row(2, record('a', '3'), record('b', '4'), record('c', '5')));
    trial.gather(row(3, record('b', '6')));
    const { rows, released, count } = await run();
    expect(sent).toEqual(['1', '2', '4']);
    expect(openOf(rows)).toEqual([
      ['1', []],
      ['2', ['3', '5']],
    ]);
    expect(released.toSorted()).toEqual([stuck.nameOf(record('a', '')), stuck.nameOf(record('b', ''))]);
    expect(count).toBe(3);
  });

  it('part of it is taken: that is told, and the partition stays stuck', async () => {
    trial.gather(row(1, record('a', '1'), record('a', '2')));
    const { rows, released } = await run({ 2: new NotAcceptedError('no leader') });
    expect(openOf(rows)).toEqual([['1', ['2']]]);
    expect(released).toEqual([]);
  });

  it('refused for good: the partition is well', async () => {
    trial.gather(row(1, record('a', '1')));
    const { rows, released } = await run({ 1: new RecordRefusedError('too large') });
    expect(rows).toEqual([]);
    expect(released).toHaveLength(1);
  });

  it('nothing of a stuck partition: nothing to try', () => {
    trial.gather(row(1, record('c', '1')));
    expect(trial.isEmpty).toBe(true);
  });
});
