import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

it('a burst of work is over: the memory it took goes back to the system by itself', async () => {
  const burst = join(import.meta.dirname, 'fixture', 'burst.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [burst], { timeout: 50_000 });
  const { afterBurst, later } = JSON.parse(stdout) as { afterBurst: number; later: number };
  expect(afterBurst).toBeGreaterThan(200e6);
  expect(later).toBeLessThan(afterBurst / 2);
}, 60_000);
