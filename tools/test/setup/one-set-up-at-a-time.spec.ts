import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@orderstream/testing';
import { workspaceRoot } from '../../src/platform/index.ts';

describe('commands of one checkout that both have to set it up', () => {
  let checkout: string;
  const started: ChildProcess[] = [];
  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), 'orderstream-setup-'));
    mkdirSync(join(checkout, 'tools'));
    cpSync(join(workspaceRoot, 'tools', 'setup'), join(checkout, 'tools', 'setup'), { recursive: true });
    writeFileSync(join(checkout, 'package-lock.json'), '{"packages": {}}');
    // Stands in for npm: says that it has begun, waits to be let go, and leaves the project's Node.
    writeFileSync(
      join(checkout, 'npm.cjs'),
      `const { appendFileSync, existsSync, mkdirSync, rmSync, symlinkSync } = require('node:fs');
       appendFileSync('begun', process.pid + '\\n');
       setInterval(() => {
         if (!existsSync('go')) return;
         rmSync('node_modules', { recursive: true, force: true });
         mkdirSync('node_modules/node/bin', { recursive: true });
         symlinkSync(process.execPath, 'node_modules/node/bin/node');
         process.exit();
       }, 20);`,
    );
  });
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    for (const pid of begun()) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    rmSync(checkout, { recursive: true });
  });

  it('the second waits for the first, and finds its work done', async () => {
    const first = setUp();
    await eventually(() => begun().length === 1);
    const second = setUp();
    await eventually(() => second.said.includes(`Process ${first.child.pid} is setting up`));
    writeFileSync(join(checkout, 'go'), '');
    expect(await Promise.all([first.ended, second.ended])).toEqual([0, 0]);
    expect(begun()).toHaveLength(1);
    expect(existsSync(join(checkout, '.orderstream/set-up.lock'))).toBe(false);
  });

  it('the first is asked to stop: npm ends with it, and the second begins anew', async () => {
    const first = setUp();
    await eventually(() => begun().length === 1);
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(143);
    expect(begun().filter(isRunning)).toEqual([]);
    expect(first.said).toContain('Stopped.');
    writeFileSync(join(checkout, 'go'), '');
    expect(await setUp().ended).toBe(0);
    expect(begun()).toHaveLength(2);
  });

  it('the first was killed outright: its npm is waited for, then what it left is taken over', async () => {
    const first = setUp();
    await eventually(() => begun().length === 1);
    first.child.kill('SIGKILL');
    await eventually(() => first.child.signalCode === 'SIGKILL');
    const second = setUp();
    await eventually(() => second.said.includes(`Process ${begun()[0]} is setting up`));
    expect(begun()).toHaveLength(1);
    writeFileSync(join(checkout, 'go'), '');
    expect(await second.ended).toBe(0);
    expect(begun()).toHaveLength(2);
  });

  it.each([
    ['a process that is gone', '${2 ** 30}'],
    ['one whose number is now our own, as in a container', '${process.pid}'],
  ])('a lock is left of %s: it is taken over at once', async (_, owner) => {
    writeFileSync(join(checkout, 'go'), '');
    mkdirSync(join(checkout, '.orderstream'));
    const left = `writeFileSync('${join(checkout, '.orderstream/set-up.lock')}', \`${owner}\\n\`);`;
    const next = setUp(`const { writeFileSync } = await import('node:fs'); ${left}`);
    expect(await next.ended).toBe(0);
    expect(next.said).not.toContain('waiting');
  });

  function begun(): number[] {
    const file = join(checkout, 'begun');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
  }

  /** As `setUpAndRun` does it, without what a build needs. @param before what its process does first */
  function setUp(before = ''): { child: ChildProcess; ended: Promise<number | null>; readonly said: string } {
    const setup = join(checkout, 'tools/setup');
    const program = `
      ${before}
      const { oneAtATime } = await import('${setup}/one-at-a-time.mjs');
      const { ensureInstalled } = await import('${setup}/install.mjs');
      await oneAtATime(ensureInstalled).catch((error) => {
        console.error(error.message);
        process.exitCode = error.exitCode;
      });`;
    const env = { ...process.env, npm_execpath: join(checkout, 'npm.cjs') };
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { env });
    started.push(child);
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = once(child, 'close').then(([code]) => code as number | null);
    return {
      child,
      ended,
      get said() {
        return said;
      },
    };
  }
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
