import type { OutgoingRecord, RecordPosition } from '@orderstream/events';
import { handBack, type Done, type Step } from '../../src/dlq/hand-back.ts';
import type { LetterLog } from '../../src/dlq/letter-log.ts';
import { jobDocument } from '../../src/dlq/job-report.ts';
import { runJob } from '../../src/dlq/redrive-job.ts';
import type { LogReader } from '../../src/log/log-reader.ts';
import { OperationRefused } from '../../src/log/operation-refused.ts';
import { letter, letterRecord } from './letters.ts';

const steps: Step[] = [1, 2, 3].map((offset) => ({ letter: letter({ offset }), kind: 'redriven' }));

/** Takes records, and refuses those that `refuses` names. */
function producerThat(refuses: (record: OutgoingRecord) => boolean) {
  const taken: string[] = [];
  const sendAll = async (
    records: readonly OutgoingRecord[],
  ): Promise<PromiseSettledResult<RecordPosition>[]> =>
    records.map((record, offset) => {
      if (refuses(record)) return { status: 'rejected', reason: new Error('no answer') };
      taken.push(`${record.topic} ${String(record.headers['dlq-original-offset'])}`);
      return { status: 'fulfilled', value: { topic: record.topic, partition: 0, offset } };
    });
  return { taken, sendAll };
}

const recordsOf: LetterLog['recordsOf'] = async (letters) =>
  new Map(
    letters.map(({ id, standing }) => {
      const { offset } = standing.letter.original;
      const record = letterRecord({ of: { group: 'worker', topic: 'orders' }, offset });
      const headers = Object.fromEntries(
        Object.entries(record.headers).map(([name, value]) => [name, Buffer.from(String(value))]),
      );
      return [
        id,
        { topic: record.topic, partition: 0, offset, timestampMs: 0, key: null, value: null, headers },
      ];
    }),
  );

const job = { id: 'job', by: 'ada', why: 'mended', rate: 1_000 };

async function run(producer: ReturnType<typeof producerThat>, signal = new AbortController().signal) {
  const done: Done[] = [];
  const failure = await handBack(steps, {
    log: { recordsOf } as LetterLog,
    producer,
    job,
    signal,
    onDone: (each) => done.push(each),
  }).catch((error: unknown) => error as Error);
  return { done: done.map(({ letter: { id } }) => id), failure };
}

describe('handing letters back', () => {
  it('the retry record first, and the resolution when the brokers hold it', async () => {
    const producer = producerThat(() => false);
    expect(await run(producer)).toEqual({
      done: ['orders/0/1', 'orders/0/2', 'orders/0/3'],
      failure: undefined,
    });
    expect(producer.taken).toEqual([
      ...[1, 2, 3].map((offset) => `orders.worker.retry ${offset}`),
      ...[1, 2, 3].map((offset) => `orders.worker.dlq ${offset}`),
    ]);
  });

  it('a retry record that is not acknowledged: no resolution for it, the others have theirs, and the job ends', async () => {
    const producer = producerThat(
      ({ topic, headers }) => topic.endsWith('.retry') && headers['dlq-original-offset']?.toString() === '2',
    );
    const { done, failure } = await run(producer);
    expect(done).toEqual(['orders/0/1', 'orders/0/3']);
    expect(producer.taken).not.toContain('orders.worker.dlq 2');
    expect(failure?.message).toContain('the same command goes on there');
  });

  it('a resolution that is not acknowledged: the letter does not count as done', async () => {
    const { done, failure } = await run(producerThat(({ topic }) => topic.endsWith('.dlq')));
    expect(done).toEqual([]);
    expect(failure?.message).toContain('stands open');
  });

  it('large records at a high rate: no more of them at once than a producer lets wait', async () => {
    const value = Buffer.alloc(400_000);
    const large = Array.from({ length: 250 }, (_, offset) => ({
      letter: letter({ offset }),
      kind: 'redriven' as const,
    }));
    const queueBytes = 32 * 1024 * 1024;
    let isFull = false;
    const producer = producerThat(() => isFull);
    const done: Done[] = [];
    await handBack(large, {
      log: {
        recordsOf: async (letters) =>
          new Map([...(await recordsOf(letters))].map(([id, record]) => [id, { ...record, value }])),
      } as LetterLog,
      producer: {
        sendAll: (records) => {
          isFull = records.reduce((sum, each) => sum + (each.value?.length ?? 0), 0) > queueBytes;
          return producer.sendAll(records);
        },
      },
      job: { ...job, rate: 100_000 },
      signal: new AbortController().signal,
      onDone: (each) => done.push(each),
    });
    expect(done.map(({ letter: { id } }) => id)).toEqual(large.map(({ letter: { id } }) => id));
  });

  it('stopped before: nothing is sent', async () => {
    const producer = producerThat(() => false);
    expect(await run(producer, AbortSignal.abort())).toEqual({ done: [], failure: undefined });
    expect(producer.taken).toEqual([]);
  });

  async function runWhole({ sendAll }: ReturnType<typeof producerThat>, reader: Pick<LogReader, 'ask'>) {
    const log = { recordsOf, letters: () => [], find: () => undefined } as unknown as LetterLog;
    const result = await runJob(steps, {
      ...{
        reader: reader as LogReader,
        log,
        producer: { sendAll },
        job,
        waitMs: 1_000,
        successors: undefined,
      },
      ...{ signal: new AbortController().signal, onDone: () => {}, onLeft: () => {}, onNextRound: () => {} },
    });
    return jobDocument({ job, isDryRun: false, planned: steps, refused: [] }, result);
  }
  const unreachable = { ask: () => Promise.reject(new OperationRefused('Kafka did not answer')) };

  it('a job that Kafka leaves half way ends with what it has done, also for programs', async () => {
    const refusing = producerThat(({ headers }) => headers['dlq-original-offset']?.toString() === '3');
    expect(await runWhole(refusing, unreachable)).toMatchObject({
      sent: [{ id: 'orders/0/1' }, { id: 'orders/0/2' }],
      settled: false,
      broken_off: expect.stringContaining('the same command goes on there') as string,
    });
  });

  it('a job that Kafka leaves while it waits for the groups: the same', async () => {
    expect(
      await runWhole(
        producerThat(() => false),
        unreachable,
      ),
    ).toMatchObject({
      sent: [{ id: 'orders/0/1' }, { id: 'orders/0/2' }, { id: 'orders/0/3' }],
      settled: false,
      broken_off: 'Kafka did not answer',
    });
  });
});
