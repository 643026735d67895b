import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@orderstream/testing';
import { workspaceRoot } from '../../src/platform/index.ts';
import { STEPS, TELLING, type Step } from '../../src/test-run/steps.ts';
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

  it('a step alongside: both run at the same time, the next one after both', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'orderstream-test-run-'));
    const note = (name: string): string =>
      `require('fs').writeFileSync(${JSON.stringify(directory)} + '/${name}', '');`;
    const await_ = (name: string): string =>
      `const at = Date.now(); while (!require('fs').existsSync(${JSON.stringify(directory)} + '/${name}')) if (Date.now() - at > 30000) process.exit(1);`;
    const steps: Step[] = [
      step('first', note('first') + await_('second')),
      { ...step('second', await_('first') + note('second')), alongside: true },
      step(
        'third',
        `process.exit(require('fs').readdirSync(${JSON.stringify(directory)}).length === 2 ? 0 : 1)`,
      ),
    ];
    const result = await runTests({ steps, stop, print });
    expect(result.steps.map(({ title, failed }) => [title, failed])).toEqual([
      ['first', 0],
      ['second', 0],
      ['third', 0],
    ]);
    rmSync(directory, { recursive: true });
  });

  it('steps that run tests of the same kind: each forgets and counts those of its own projects', async () => {
    const file = (project: string): string => join(workspaceRoot, '.nx', `${project}.faults.json`);
    const projects = ['first-of-test-run', 'second-of-test-run'];
    const reporting = (project: string, passed: number): Step => {
      const report = JSON.stringify({
        numPassedTests: passed,
        numFailedTests: 0,
        numRuntimeErrorTestSuites: 0,
      });
      const script = `require('fs').writeFileSync(${JSON.stringify(file(project))}, ${JSON.stringify(report)})`;
      return { ...step(project, script), tests: 'faults', projects: [project] };
    };
    const steps = projects.map((project, index) => reporting(project, index + 2));
    const result = await runTests({ steps, stop, print });
    expect(result).toMatchObject({ passed: 5, failed: 0, steps: [{ passed: 2 }, { passed: 3 }] });
    expect(projects.every((project) => existsSync(file(project)))).toBe(true);
    for (const project of projects) rmSync(file(project));
  });

  it.each(['e2e', 'int-test'])('no package with tests of the kind %s is left out', (target) => {
    const packages = ['apps', 'libs']
      .flatMap((group) => readdirSync(join(workspaceRoot, group)).map((name) => join(group, name)))
      .concat('tools');
    const withTests = packages.flatMap((path) => {
      const { nx } = JSON.parse(readFileSync(join(workspaceRoot, path, 'package.json'), 'utf8')) as {
        nx: { name: string; targets: Record<string, unknown> };
      };
      return target in nx.targets ? [nx.name] : [];
    });
    const run = STEPS.filter(({ tests }) => tests === target).flatMap(({ projects }) => projects ?? []);
    expect(run.sort()).toEqual(withTests.sort());
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
