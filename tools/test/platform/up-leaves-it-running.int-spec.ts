import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { findProcess } from '../../src/platform/process-table.ts';
import {
  findTraces,
  leaveTraces,
  scratchPlatform,
  topicsOf,
  type ScratchPlatform,
} from './scratch-platform.ts';

interface Status {
  readonly kafka: { running: boolean; pid?: number; address?: string };
  readonly postgres: { running: boolean; pid?: number; address?: string };
}

describe('orderstream platform up leaves it running', () => {
  let scratch: ScratchPlatform;
  // Each has it up for itself and may find it up, or stopped: starts of Kafka are what takes long.
  beforeAll(async () => void (scratch = await scratchPlatform()));
  afterAll(() => scratch.remove(), 60_000);

  it('one server has died since: a start brings it back and leaves the other as it is', async () => {
    await scratch.cli('platform', 'up');
    const before = await scratch.start();
    process.kill(before.pids.postgres ?? 0, 'SIGKILL');

    const after = await scratch.start();
    expect(after.attached).toBe(true);
    expect(after.pids.kafka).toBe(before.pids.kafka);
    expect(after.pids.postgres).not.toBe(before.pids.postgres);
    await leaveTraces(after, 'one');
    await Promise.all([before.stop(), after.stop()]);
  }, 180_000);

  it('another process uses it: down and reset refuse and name it; it ends, and they are done', async () => {
    await scratch.cli('platform', 'up');
    const { process: user } = await scratch.startInOtherProcess();
    const here = await scratch.start();
    expect(here.attached).toBe(true);
    await here.stop();
    const refused = { stderr: expect.stringContaining(`is in use by process ${user.pid}`) as string };
    await expect(scratch.cli('platform', 'down')).rejects.toMatchObject(refused);
    await expect(scratch.cli('reset', '--yes')).rejects.toMatchObject(refused);
    await leaveTraces(scratch, 'two');

    user.kill('SIGKILL');
    await once(user, 'exit');
    expect(await scratch.cli('platform', 'down')).toBe('stopped Kafka and PostgreSQL\n');
  }, 180_000);

  it('others use it and leave it as it is; down stops it, reset deletes it', async () => {
    const up = JSON.parse(await scratch.cli('platform', 'up', '--json')) as Record<string, unknown>;
    expect(up).toEqual({
      kafka_brokers: `127.0.0.1:${scratch.kafkaPort}`,
      database_url: `postgres://orderstream:orderstream@127.0.0.1:${scratch.postgresPort}/postgres`,
      pids: { kafka: expect.any(Number) as number, postgres: expect.any(Number) as number },
    });

    const platform = await scratch.start();
    expect(platform.attached).toBe(true);
    expect(platform.pids).toEqual(up['pids']);
    await leaveTraces(platform, 'three');
    await platform.stop();
    const traces = ['one', 'two', 'three'];
    expect(await findTraces(platform)).toEqual({ records: traces, rows: traces });

    const status = JSON.parse(await scratch.cli('platform', 'status', '--json')) as Status;
    expect(status.kafka).toEqual({ running: true, pid: platform.pids.kafka, address: scratch.kafkaBrokers });
    expect(status.postgres.pid).toBe(platform.pids.postgres);

    expect(await scratch.cli('platform', 'down')).toBe('stopped Kafka and PostgreSQL\n');
    expect([status.kafka.pid, status.postgres.pid].map((pid) => findProcess(pid ?? 0))).toEqual([
      undefined,
      undefined,
    ]);

    await scratch.cli('reset', '--yes');
    await scratch.cli('platform', 'up');
    expect(await topicsOf(scratch)).not.toContain('traces');
  }, 180_000);

  it('a process names another Kafka: this one stays in the record, and down stops it', async () => {
    await scratch.cli('platform', 'up');
    const elsewhere = createServer().listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const { port } = elsewhere.address() as AddressInfo;
    await (await scratch.start({ kafkaBrokers: `127.0.0.1:${port}` })).stop();
    elsewhere.close();
    expect(await scratch.cli('platform', 'down')).toBe('stopped Kafka and PostgreSQL\n');
  }, 180_000);
});
