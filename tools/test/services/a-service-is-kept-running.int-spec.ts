import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort } from '@orderstream/testing';
import { findProcess } from '../../src/platform/process-table.ts';
import { ServiceSupervisor } from '../../src/services/service-supervisor.ts';
import { SERVICES, type ServiceDefinition } from '../../src/services/services.ts';

/** Its service needs not be of use: it waits for a Kafka and a PostgreSQL that are not there. */
const platform = { kafkaBrokers: '127.0.0.1:9', databaseUrl: () => 'postgres://nobody@127.0.0.1:9/none' };

describe('a service is kept running', () => {
  let dataDir: string;
  let supervisor: ServiceSupervisor;
  const restarts: string[][] = [];

  beforeEach(async () => {
    restarts.length = 0;
    dataDir = mkdtempSync(join(tmpdir(), 'orderstream-supervisor-'));
    supervisor = new ServiceSupervisor({
      service: { ...(SERVICES[0] as ServiceDefinition), port: await freePort() },
      platform,
      dataDir,
      onRestart: ({ lastLogLines }) => restarts.push(lastLogLines),
    });
  });
  afterEach(async () => {
    await supervisor.stop(0);
    rmSync(dataDir, { recursive: true });
  });

  it('stopped while it is being started: its process does not stay', async () => {
    const starting = supervisor.start();
    await supervisor.stop(0);
    await starting;
    expect(supervisor.pid).toEqual(expect.any(Number));
    expect(findProcess(supervisor.pid as number)).toBeUndefined();
  });

  it('it ended and cannot be started just now: tried again until it can, with the reason', async () => {
    await supervisor.start();
    const first = supervisor.pid as number;
    renameSync(join(dataDir, 'log'), join(dataDir, 'log.away'));
    writeFileSync(join(dataDir, 'log'), 'in the way of its log');
    process.kill(first, 'SIGKILL');
    await eventually(() => restarts.some((lines) => lines.join().includes('EEXIST')));

    rmSync(join(dataDir, 'log'));
    await eventually(() => supervisor.pid !== first && findProcess(supervisor.pid as number) !== undefined);
  });
});
