import { jest } from '@jest/globals';
import type { EachBatchPayload, OffsetsByTopicPartition } from 'kafkajs';
import { OffsetCommits } from '../src/consumer/offset-commits.ts';

function setUp() {
  const requests: OffsetsByTopicPartition[] = [];
  let failure: Error | undefined;
  const commits = new OffsetCommits();
  const note = (partition: number, offset: number): void => {
    const commitOffsetsIfNecessary = async (offsets: OffsetsByTopicPartition): Promise<void> => {
      requests.push(offsets);
      if (failure) throw failure;
    };
    commits.note(
      { batch: { topic: 'orders', partition }, commitOffsetsIfNecessary } as unknown as EachBatchPayload,
      offset,
    );
  };
  const failWith = (error: Error | undefined): void => void (failure = error);
  return { commits, requests, note, failWith };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('OffsetCommits', () => {
  it('many notes within a moment: one request with the last offset of each partition', async () => {
    const { requests, note, commits } = setUp();
    for (const offset of [1, 2, 3]) for (const partition of [0, 1]) note(partition, offset + partition);
    expect(requests).toEqual([]);
    await jest.advanceTimersByTimeAsync(250);
    expect(requests).toEqual([
      {
        topics: [
          {
            topic: 'orders',
            partitions: [
              { partition: 0, offset: '3' },
              { partition: 1, offset: '4' },
            ],
          },
        ],
      },
    ]);
    expect(commits.lastCommitAtMs).toBe(Date.now());
    await jest.advanceTimersByTimeAsync(10_000);
    expect(requests).toHaveLength(1);
  });

  it('a commit that fails and no later record: committed again, so that an idle partition shows no lag', async () => {
    const { requests, note, failWith, commits } = setUp();
    failWith(new Error('coordinator is loading'));
    note(0, 7);
    await jest.advanceTimersByTimeAsync(250);
    failWith(undefined);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(requests).toHaveLength(2);
    expect(requests[1]).toEqual(requests[0]);
    expect(commits.lastCommitAtMs).toBeDefined();
  });

  it('a later offset came meanwhile: that one counts', async () => {
    const { requests, note, failWith } = setUp();
    failWith(new Error('away'));
    note(0, 7);
    await jest.advanceTimersByTimeAsync(250);
    failWith(undefined);
    note(0, 9);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(requests.at(-1)).toEqual({
      topics: [{ topic: 'orders', partitions: [{ partition: 0, offset: '9' }] }],
    });
  });

  it('the next one is due before one has failed: it waits for that, and what failed is committed again', async () => {
    const { requests, note, failWith, commits } = setUp();
    failWith(new Error('coordinator is loading'));
    note(0, 7);
    const first = commits.flush();
    note(1, 3);
    failWith(undefined);
    await Promise.all([first, commits.flush()]);
    await jest.advanceTimersByTimeAsync(10_000);
    const committed = requests
      .slice(1)
      .flatMap(({ topics }) => topics.flatMap(({ partitions }) => partitions));
    expect(committed).toEqual([
      { partition: 0, offset: '7' },
      { partition: 1, offset: '3' },
    ]);
  });

  it('cleared, since others own the partitions now: nothing is committed, not even what just failed', async () => {
    const { requests, note, failWith, commits } = setUp();
    note(0, 7);
    commits.clear();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(requests).toEqual([]);

    failWith(new Error('rebalance'));
    note(0, 8);
    const flushed = commits.flush();
    commits.clear();
    await flushed;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(requests).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});
