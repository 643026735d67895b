import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord } from '../../src/platform/data-dir.ts';
import { startPostgresServer } from '../../src/platform/postgres-server.ts';
import { findTraces, leaveTraces, scratchPlatform, type ScratchPlatform } from './scratch-platform.ts';

describe('restart keeps data', () => {
  let scratch: ScratchPlatform;
  beforeEach(async () => void (scratch = await scratchPlatform()));
  afterEach(() => scratch.remove());

  it('stopped and started again, as a whole and one by one: records and rows are all there', async () => {
    const first = await scratch.start();
    await leaveTraces(first, 'one');
    await first.stop();
    expect(first.pids).toEqual({});
    expect(readRecord(scratch.dataDir)).toBeUndefined();

    const second = await scratch.start();
    await leaveTraces(second, 'two');
    // What the first broker left for it: its classes, which let it start in half the time.
    expect(readFileSync(join(scratch.dataDir, 'config', 'kafka.java'), 'utf8')).toContain(
      '-XX:SharedArchiveFile=',
    );
    await Promise.all([second.stopKafka(), second.stopPostgres()]);
    expect(second.pids).toEqual({});
    await Promise.all([second.startKafka(), second.startPostgres()]);
    expect(await findTraces(second)).toEqual({ records: ['one', 'two'], rows: ['one', 'two'] });
  }, 180_000);

  it('set-up interrupted before: what it left half written is replaced', async () => {
    for (const name of ['kafka.new', 'postgres.new']) {
      mkdirSync(join(scratch.dataDir, name), { recursive: true });
      writeFileSync(join(scratch.dataDir, name, 'meta.properties'), 'half a fi');
    }
    const platform = await scratch.start();
    await leaveTraces(platform, 'one');
    expect(await findTraces(platform)).toEqual({ records: ['one'], rows: ['one'] });
    expect(existsSync(join(scratch.dataDir, 'kafka.new'))).toBe(false);
    expect(existsSync(join(scratch.dataDir, 'postgres.new'))).toBe(false);
  }, 180_000);

  it('postmaster.pid names a process that is somebody else by now: PostgreSQL starts all the same', async () => {
    const settings = {
      dataDir: scratch.dataDir,
      port: scratch.postgresPort,
      detached: false,
      onProgress: () => undefined,
    };
    const pidFile = join(scratch.dataDir, 'postgres', 'postmaster.pid');
    const first = await startPostgresServer(settings, () => undefined);
    const lines = readFileSync(pidFile, 'utf8').split('\n');
    await first.stop();
    writeFileSync(pidFile, [String(process.ppid), ...lines.slice(1)].join('\n'));

    const second = await startPostgresServer(settings, () => undefined);
    expect(second.isRunning).toBe(true);
    await second.stop();
  }, 180_000);
});
