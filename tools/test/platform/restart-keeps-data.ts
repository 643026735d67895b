import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord } from '../../src/platform/data-dir.ts';
import { startPostgresServer } from '../../src/platform/postgres-server.ts';
import type { KeptPlatform } from './kept-platform.ts';

/** On an empty data directory. Leaves the platform up in another process. */
export function restartKeepsData(platform: () => KeptPlatform): void {
  describe('restart keeps data', () => {
    let kept: KeptPlatform;
    beforeAll(() => void (kept = platform()));

    it('set-up interrupted before: what it left half written is replaced', async () => {
      for (const name of ['kafka.new', 'postgres.new']) {
        mkdirSync(join(kept.dataDir, name), { recursive: true });
        writeFileSync(join(kept.dataDir, name, 'meta.properties'), 'half a fi');
      }
      await kept.here();
      await kept.leaveTraces('one');
      await kept.expectAllTraces();
      expect(existsSync(join(kept.dataDir, 'kafka.new'))).toBe(false);
      expect(existsSync(join(kept.dataDir, 'postgres.new'))).toBe(false);
    }, 180_000);

    it('stopped and started again, as a whole and one by one: records and rows are all there', async () => {
      const first = await kept.here();
      await Promise.all([first.stopKafka(), first.stopPostgres()]);
      expect(first.pids).toEqual({});
      await Promise.all([first.startKafka(), first.startPostgres()]);
      await kept.expectAllTraces();
      await kept.leaveTraces('two');
      await first.stop();
      expect(first.pids).toEqual({});
      expect(readRecord(kept.dataDir)).toBeUndefined();

      await kept.inOtherProcess();
      // What the first broker left for it: its classes, which let it start in half the time.
      expect(readFileSync(join(kept.dataDir, 'config', 'kafka.java'), 'utf8')).toContain(
        '-XX:SharedArchiveFile=',
      );
      await kept.expectAllTraces();
    }, 180_000);
  });
}

/** On a data directory in which nothing runs. */
export function startsBesideAStalePidFile(platform: () => KeptPlatform): void {
  describe('restart keeps data', () => {
    it('postmaster.pid names a process that is somebody else by now: PostgreSQL starts all the same', async () => {
      const { dataDir, postgresPort: port } = platform();
      const settings = { dataDir, port, detached: false, onProgress: () => undefined };
      const pidFile = join(dataDir, 'postgres', 'postmaster.pid');
      const first = await startPostgresServer(settings, () => undefined);
      const lines = readFileSync(pidFile, 'utf8').split('\n');
      await first.stop();
      writeFileSync(pidFile, [String(process.ppid), ...lines.slice(1)].join('\n'));

      const second = await startPostgresServer(settings, () => undefined);
      expect(second.isRunning).toBe(true);
      await second.stop();
    }, 180_000);
  });
}
