import { eventually } from '@orderstream/testing';
import { readRecord } from '../../src/platform/data-dir.ts';
import { findProcess, signal } from '../../src/platform/process-table.ts';
import { findTraces, leaveTraces, scratchPlatform, type ScratchPlatform } from './scratch-platform.ts';

describe('data survives a kill -9', () => {
  let scratch: ScratchPlatform;
  beforeEach(async () => void (scratch = await scratchPlatform()));
  afterEach(() => scratch.remove());

  it('the process that started the platform is killed: its servers end by themselves, the next start has everything', async () => {
    const other = await scratch.startInOtherProcess();
    await leaveTraces(scratch, 'before');
    const pids = serverPids(scratch.dataDir);
    expect(pids.map(isThere)).toEqual([true, true]);

    other.kill('SIGKILL');
    await eventually(() => !pids.some(isThere), { deadlineMs: 60_000 });

    const platform = await scratch.start();
    expect(await findTraces(platform)).toEqual({ records: ['before'], rows: ['before'] });
  }, 180_000);

  it('that process, Kafka and PostgreSQL are killed at once: the next start recovers without a word', async () => {
    const other = await scratch.startInOtherProcess();
    await leaveTraces(scratch, 'before');
    for (const pid of [...serverPids(scratch.dataDir), other.pid ?? 0]) signal(pid, 'SIGKILL');

    const platform = await scratch.start();
    expect(platform.attached).toBe(false);
    expect(await findTraces(platform)).toEqual({ records: ['before'], rows: ['before'] });
  }, 180_000);

  it('started again while the servers of the killed process still run: they are stopped first', async () => {
    const other = await scratch.startInOtherProcess();
    await leaveTraces(scratch, 'before');
    const before = serverPids(scratch.dataDir);
    other.kill('SIGKILL');
    await eventually(() => findProcess(other.pid ?? 0) === undefined);

    const platform = await scratch.start();
    expect(before.some(isThere)).toBe(false);
    expect(await findTraces(platform)).toEqual({ records: ['before'], rows: ['before'] });
  }, 180_000);
});

function serverPids(dataDir: string): number[] {
  const record = readRecord(dataDir);
  return [record?.kafka?.pid ?? 0, record?.postgres?.pid ?? 0];
}

function isThere(pid: number): boolean {
  return findProcess(pid) !== undefined;
}
