import { eventually } from '@orderstream/testing';
import { readRecord } from '../../src/platform/data-dir.ts';
import { findProcess, signal } from '../../src/platform/process-table.ts';
import type { KeptPlatform } from './kept-platform.ts';

/** Leaves the platform up in this process. */
export function survivesAKill9(platform: () => KeptPlatform): void {
  describe('data survives a kill -9', () => {
    let kept: KeptPlatform;
    beforeAll(() => void (kept = platform()));

    it('the process that started the platform is killed: its servers end by themselves, the next start has everything', async () => {
      const other = await kept.inOtherProcess();
      await kept.leaveTraces('before its process was killed');
      const pids = serverPids(kept.dataDir);
      expect(pids.map(isThere)).toEqual([true, true]);

      other.process.kill('SIGKILL');
      await eventually(() => !pids.some(isThere), { deadlineMs: 60_000 });

      await kept.inOtherProcess();
      await kept.expectAllTraces();
    }, 180_000);

    it('that process, Kafka and PostgreSQL are killed at once: the next start recovers without a word', async () => {
      const other = await kept.inOtherProcess();
      await kept.leaveTraces('before all were killed');
      for (const pid of serverPids(kept.dataDir)) signal(pid, 'SIGKILL');
      other.process.kill('SIGKILL');

      const next = await kept.inOtherProcess();
      expect(next.attached).toBe(false);
      await kept.expectAllTraces();
    }, 180_000);

    it('started again while the servers of the killed process still run: they are stopped first', async () => {
      const other = await kept.inOtherProcess();
      await kept.leaveTraces('before a quick start');
      const before = serverPids(kept.dataDir);
      expect(before.map(isThere)).toEqual([true, true]);
      other.process.kill('SIGKILL');
      await eventually(() => findProcess(other.process.pid ?? 0) === undefined);

      await kept.here();
      expect(before.some(isThere)).toBe(false);
      await kept.expectAllTraces();
    }, 180_000);
  });
}

function serverPids(dataDir: string): number[] {
  const record = readRecord(dataDir);
  return [record?.kafka?.pid ?? 0, record?.postgres?.pid ?? 0];
}

function isThere(pid: number): boolean {
  return findProcess(pid) !== undefined;
}
