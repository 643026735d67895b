import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@orderstream/testing';
import { runToEnd } from '../../src/platform/run-to-end.ts';

/** Ends in order, as initdb does, which removes what it has made: that takes it a moment. */
const PROGRAM = `
  trap 'sleep 0.3; touch ended; exit 1' TERM
  touch begun
  while :; do sleep 0.02; done`;

describe('a program of the set-up is cut short', () => {
  const directory = mkdtempSync(join(tmpdir(), 'orderstream-cut-short-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('the abort is thrown when it has ended, not before', async () => {
    const stop = new AbortController();
    const running = runToEnd('sh', ['-c', PROGRAM], { cwd: directory, signal: stop.signal });
    const outcome = running.catch((error: Error) => error.name);
    await eventually(() => existsSync(join(directory, 'begun')));
    stop.abort();
    expect(await outcome).toBe('AbortError');
    expect(existsSync(join(directory, 'ended'))).toBe(true);
  });

  it('the abort came before: it is not begun', async () => {
    const run = runToEnd('touch', ['never'], { cwd: directory, signal: AbortSignal.abort() });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(existsSync(join(directory, 'never'))).toBe(false);
  });
});
