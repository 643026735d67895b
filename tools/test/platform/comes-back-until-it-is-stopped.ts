import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { eventually } from '@orderstream/testing';
import type { PlatformError } from '../../src/platform/index.ts';
import { isPortFree } from '../../src/platform/index.ts';
import type { KeptPlatform } from './kept-platform.ts';
import { scratchPlatform } from './scratch-platform.ts';

/** Leaves nothing running. */
export function comesBackUntilItIsStopped(platform: () => KeptPlatform): void {
  describe('a server that ended by itself comes back until it is stopped', () => {
    let kept: KeptPlatform;
    beforeAll(() => void (kept = platform()));

    it('what keeps it from starting lasts for some attempts: one at a time, then it is there with its data', async () => {
      const { pids } = await kept.here();
      const { restarts } = kept;
      await kept.leaveTraces('before PostgreSQL ended');
      expect(restarts).toEqual([]);
      process.kill(pids.postgres as number, 'SIGKILL');
      const squatter = await squatOn(kept.postgresPort);
      await eventually(() => restarts.length >= 2, { deadlineMs: 60_000 });
      squatter.close();
      await eventually(() => restarts.some(({ failure }) => failure === undefined), { deadlineMs: 60_000 });

      const failures = restarts.slice(0, -1).map(({ failure }) => (failure as PlatformError).code);
      expect(new Set(failures)).toEqual(new Set(['port-taken']));
      await kept.expectAllTraces();
    }, 180_000);

    it('stopped while it is being started: nothing comes up afterwards', async () => {
      const here = await kept.here();
      await here.stopPostgres();
      const starting = here.startPostgres().catch((error: Error) => error.name);
      await here.stop();
      expect(await starting).toBe('AbortError');
      expect(here.pids).toEqual({});
      expect(await isPortFree(kept.postgresPort)).toBe(true);
    }, 180_000);

    it('the wish to stop comes during the very first start: it fails, and nothing is left running', async () => {
      const scratch = await scratchPlatform();
      try {
        const stop = new AbortController();
        const start = scratch.start({
          signal: stop.signal,
          onProgress: ({ message }) => message === 'starting' && stop.abort(),
        });
        await expect(start).rejects.toMatchObject({ name: 'AbortError' });
        const ports = [scratch.kafkaPort, scratch.kafkaPort + 1, scratch.postgresPort];
        expect(await Promise.all(ports.map(isPortFree))).toEqual([true, true, true]);
        expect(await scratch.cli('platform', 'down')).toBe('nothing was running\n');
      } finally {
        await scratch.remove();
      }
    }, 120_000);
  });
}

/** As soon as the killed server's children have let go of it. */
async function squatOn(port: number): Promise<Server> {
  return eventually(async () => {
    const server = createServer().listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    return server;
  });
}
