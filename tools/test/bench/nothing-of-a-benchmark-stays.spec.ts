import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@orderstream/testing';
import { BenchPlatform } from '../../src/bench/bench-platform.ts';
import { MeasuredProcess, stopMeasured } from '../../src/bench/measured-process.ts';
import { findProcess, markOf } from '../../src/platform/process-table.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'orderstream-bench-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

it('another benchmark runs: it is refused, and the data of that one stays', async () => {
  const other = spawn('sleep', ['600']);
  await once(other, 'spawn');
  const owner = markOf(other.pid as number);
  writeFileSync(join(directory, 'platform.json'), JSON.stringify({ owner, detached: false }));
  mkdirSync(join(directory, 'kafka'));
  await expect(BenchPlatform.start(() => undefined, directory)).rejects.toMatchObject({
    code: 'data-dir-in-use',
  });
  expect(existsSync(join(directory, 'kafka'))).toBe(true);
  other.kill();
});

it('a program does not come up while others run: all of them are ended, and no further one is begun', async () => {
  const program = join(directory, 'program.mjs');
  const pids = join(directory, 'pids');
  writeFileSync(
    program,
    `import { appendFileSync } from 'node:fs';
     appendFileSync(${JSON.stringify(pids)}, process.pid + '\\n');
     if (process.env.FAILS) process.exit(1);
     setInterval(() => undefined, 1000);`,
  );
  const start = (env: NodeJS.ProcessEnv = {}): MeasuredProcess =>
    new MeasuredProcess(program, { env: { ...process.env, ...env } });
  const started = (): number[] =>
    existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n').map(Number) : [];
  start();
  start();
  const failing = start({ FAILS: 'yes' });
  await expect(failing.untilAnswers('http://127.0.0.1:9/')).rejects.toThrow('does not answer');
  await eventually(() => started().length === 3);
  await stopMeasured();
  expect(started().filter((pid) => findProcess(pid) !== undefined)).toEqual([]);
  expect(() => start()).toThrow('the benchmark is over');
});
