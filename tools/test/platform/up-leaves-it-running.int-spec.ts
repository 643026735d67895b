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
  beforeEach(async () => void (scratch = await scratchPlatform()));
  afterEach(() => scratch.remove());

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
    await leaveTraces(platform, 'one');
    await platform.stop();
    expect(await findTraces(platform)).toEqual({ records: ['one'], rows: ['one'] });

    const status = JSON.parse(await scratch.cli('platform', 'status', '--json')) as Status;
    expect(status.kafka).toEqual({ running: true, pid: platform.pids.kafka, address: scratch.kafkaBrokers });
    expect(status.postgres.pid).toBe(platform.pids.postgres);

    expect(await scratch.cli('platform', 'down')).toBe('stopped Kafka and PostgreSQL\n');
    expect([status.kafka.pid, status.postgres.pid].map((pid) => findProcess(pid ?? 0))).toEqual([
      undefined,
      undefined,
    ]);

    await scratch.cli('reset', '--yes');
    const afresh = await scratch.start();
    expect(await topicsOf(afresh)).not.toContain('traces');
  }, 180_000);

  it('one server has died since: a start brings it back and leaves the other as it is', async () => {
    await scratch.cli('platform', 'up');
    const before = await scratch.start();
    process.kill(before.pids.postgres ?? 0, 'SIGKILL');

    const after = await scratch.start();
    expect(after.attached).toBe(true);
    expect(after.pids.kafka).toBe(before.pids.kafka);
    await leaveTraces(after, 'one');
  }, 180_000);

  it('another process uses it: down and reset refuse and name it; it ends, and they are done', async () => {
    await scratch.cli('platform', 'up');
    const user = await scratch.startInOtherProcess();
    const here = await scratch.start();
    expect(here.attached).toBe(true);
    await here.stop();
    const refused = { stderr: expect.stringContaining(`is in use by process ${user.pid}`) as string };
    await expect(scratch.cli('platform', 'down')).rejects.toMatchObject(refused);
    await expect(scratch.cli('reset', '--yes')).rejects.toMatchObject(refused);
    await leaveTraces(scratch, 'one');

    user.kill('SIGKILL');
    await once(user, 'exit');
    expect(await scratch.cli('platform', 'down')).toBe('stopped Kafka and PostgreSQL\n');
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
