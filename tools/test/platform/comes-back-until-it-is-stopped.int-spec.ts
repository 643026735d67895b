import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { eventually } from '@orderstream/testing';
import type { PlatformError } from '../../src/platform/index.ts';
import { isPortFree, type Restart } from '../../src/platform/index.ts';
import { leaveTraces, findTraces, scratchPlatform, type ScratchPlatform } from './scratch-platform.ts';

describe('a server that ended by itself comes back until it is stopped', () => {
  let scratch: ScratchPlatform;
  beforeEach(async () => void (scratch = await scratchPlatform()));
  afterEach(() => scratch.remove());

  it('what keeps it from starting lasts for some attempts: one at a time, then it is there with its data', async () => {
    const restarts: Restart[] = [];
    const platform = await scratch.start({ onRestart: (restart) => restarts.push(restart) });
    await leaveTraces(platform, 'before');
    process.kill(platform.pids.postgres as number, 'SIGKILL');
    const squatter = await squatOn(scratch.postgresPort);
    await eventually(() => restarts.length >= 2, { deadlineMs: 60_000 });
    squatter.close();
    await eventually(() => restarts.some(({ failure }) => failure === undefined), { deadlineMs: 60_000 });

    const failures = restarts.slice(0, -1).map(({ failure }) => (failure as PlatformError).code);
    expect(new Set(failures)).toEqual(new Set(['port-taken']));
    expect(await findTraces(platform)).toEqual({ records: ['before'], rows: ['before'] });
  }, 180_000);

  it('stopped while it is being started: nothing comes up afterwards', async () => {
    const platform = await scratch.start();
    await platform.stopPostgres();
    const starting = platform.startPostgres().catch((error: Error) => error.name);
    await platform.stop();
    expect(await starting).toBe('AbortError');
    expect(platform.pids).toEqual({});
    expect(await isPortFree(scratch.postgresPort)).toBe(true);
  }, 120_000);

  it('the wish to stop comes during the very first start: it fails, and nothing is left running', async () => {
    const stop = new AbortController();
    const start = scratch.start({
      signal: stop.signal,
      onProgress: ({ message }) => message === 'starting' && stop.abort(),
    });
    await expect(start).rejects.toMatchObject({ name: 'AbortError' });
    const ports = [scratch.kafkaPort, scratch.kafkaPort + 1, scratch.postgresPort];
    expect(await Promise.all(ports.map(isPortFree))).toEqual([true, true, true]);
    expect(await scratch.cli('platform', 'down')).toBe('nothing was running\n');
  }, 120_000);
});

/** As soon as the killed server's children have let go of it. */
async function squatOn(port: number): Promise<Server> {
  return eventually(async () => {
    const server = createServer().listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    return server;
  });
}
