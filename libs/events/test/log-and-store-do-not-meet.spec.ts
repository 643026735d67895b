import { partitionWorker } from './support/partition-worker-set-up.ts';

describe('PartitionWorker: log and store do not meet', () => {
  it('records were removed from the log before they were handled: stops, and says which', async () => {
    const { worker, process, handled, entries, changeLog } = partitionWorker({ position: 4 });
    changeLog({ start: 10, end: 100 });
    await expect(process([10, 11])).resolves.toEqual({ kind: 'seek', position: 4 });
    await expect(process([10, 11])).resolves.toMatchObject({ kind: 'halted' });
    expect(handled).toEqual([]);
    expect(worker.blocked?.error).toMatch(/records 4 to 9 are gone/);
    expect(entries).toMatchObject([
      { level: 'error', message: expect.stringMatching(/records 4 to 9/) as string },
    ]);
  });

  it('the log has no record at the position, but none was removed either: goes on', async () => {
    const { process, handled } = partitionWorker({ position: 4, log: { start: 0, end: 100 } });
    await expect(process([6, 7])).resolves.toEqual({ kind: 'seek', position: 4 });
    await expect(process([6, 7])).resolves.toEqual({ kind: 'done', position: 8 });
    expect(handled).toEqual([6, 7]);
  });

  it('the position lies beyond the end of the log, as after recreating the topic: stops, and says so', async () => {
    const { worker, process, handled, changeLog } = partitionWorker({ position: 101 });
    changeLog({ start: 0, end: 100 });
    await expect(process([0, 1])).resolves.toMatchObject({ kind: 'halted' });
    expect({ handled, isStarted: worker.isStarted, isHalted: worker.isHalted }).toEqual({
      handled: [],
      isStarted: false,
      isHalted: true,
    });
    expect(worker.blocked?.error).toMatch(/position 101 lies beyond the partition's end 100/);
  });

  it('Kafka begins anew, as after recreating the topic, and the new one has outgrown the position: stops', async () => {
    const { worker, process, handled, changeLog } = partitionWorker({
      position: 3,
      log: { start: 0, end: 10, topicId: 'one' },
    });
    await process([3]);
    changeLog({ start: 0, end: 10, topicId: 'another' });
    await expect(process([0, 1, 2, 3, 4, 5])).resolves.toMatchObject({ kind: 'halted' });
    expect(handled).toEqual([3]);
    expect(worker.blocked?.error).toMatch(/recreated: the stored position 4 belongs to topic id one/);
  });

  it('Kafka begins anew, and it is the same log: goes on where the group stands', async () => {
    const { process, handled } = partitionWorker({ position: 3, log: { start: 0, end: 10, topicId: 'one' } });
    await process([3]);
    await expect(process([0, 1, 2, 3, 4, 5])).resolves.toEqual({ kind: 'done', position: 6 });
    expect(handled).toEqual([3, 4, 5]);
  });

  it('the batch is older than the position, as beside a member that goes on: reads on from there', async () => {
    const { worker, process, handled } = partitionWorker({ position: 8, log: { start: 0, end: 100 } });
    await expect(process([0, 1, 2, 3], { logEndOffset: 4 })).resolves.toEqual({ kind: 'seek', position: 8 });
    expect(handled).toEqual([]);
    expect(worker.blocked).toBeUndefined();
  });
});
