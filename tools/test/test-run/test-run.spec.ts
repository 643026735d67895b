import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@orderstream/testing';
import { TELLING, type Step } from '../../src/test-run/steps.ts';
import { runTests } from '../../src/test-run/test-run.ts';

describe('runTests', () => {
  const printed: string[] = [];
  const print = (line: string): void => void printed.push(line);
  const stop = new AbortController().signal;
  beforeEach(() => void (printed.length = 0));

  it('a step fails without a failed test (say, a lint error): it counts as one, its output is shown, the next step runs', async () => {
    const steps = [
      step('first', 'console.log("nothing to see")'),
      step('second', 'console.log("line 7 is wrong"); process.exit(1)'),
      step('third', ''),
    ];
    const result = await runTests({ steps, stop, print });
    expect(result).toMatchObject({ passed: 0, failed: 1 });
    expect(result.steps.map(({ title, failed }) => [title, failed])).toEqual([
      ['first', 0],
      ['second', 1],
      ['third', 0],
    ]);
    expect(printed.map((line) => line.slice(0, 10).trimEnd())).toEqual([
      '✓ first',
      '✗ second',
      'line 7 is',
      '✓ third',
    ]);
  });

  it('a program that is not there: a failure with its reason', async () => {
    const result = await runTests({
      steps: [{ kind: 'static', title: 'gone', command: ['no-such-program'] }],
      stop,
      print,
    });
    expect(result.failed).toBe(1);
    expect(printed.at(-1)).toContain('no-such-program');
  });

  it('a step that tells: its own words are printed as they come, the rest of its output is not', async () => {
    const script = `console.log("noise"); console.error(${JSON.stringify(TELLING)} + "half way"); console.log("noise")`;
    const result = await runTests({ steps: [{ ...step('long', script), tells: true }], stop, print });
    expect(result.failed).toBe(0);
    expect(printed.map((line) => line.slice(0, 12).trimEnd())).toEqual([`${TELLING}half way`, '✓ long']);
  });

  it('only one kind: the others are not run', async () => {
    const steps = [step('first', 'process.exit(1)'), { ...step('second', ''), kind: 'unit' as const }];
    const result = await runTests({ only: 'unit', steps, stop, print });
    expect(result.steps.map(({ title }) => title)).toEqual(['second']);
    expect(result.failed).toBe(0);
  });

  it('stopped: the running program and what it started end, nothing else is begun', async () => {
    const controller = new AbortController();
    const directory = mkdtempSync(join(tmpdir(), 'orderstream-test-run-'));
    const started = join(directory, 'started');
    const script = `
      require('child_process').spawn('sleep', ['600'], { stdio: 'inherit' });
      require('fs').writeFileSync(${JSON.stringify(started)}, '');
      setInterval(() => undefined, 1000);`;
    const steps = [step('endless', script), step('never', '')];
    const running = runTests({ steps, stop: controller.signal, print });
    await eventually(() => existsSync(started));
    controller.abort();
    const result = await running; // settles only when the pipe that both of them hold is closed
    expect(result.steps.map(({ failed }) => failed)).toEqual([1, 1]);
    rmSync(directory, { recursive: true });
  });
});

function step(title: string, script: string): Step {
  return { kind: 'static', title, command: [process.execPath, '-e', script] };
}
