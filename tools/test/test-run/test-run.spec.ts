import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@orderstream/testing';
import { workspaceRoot } from '../../src/platform/index.ts';
import { LANES, TELLING, type Step } from '../../src/test-run/steps.ts';
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
    const result = await runTests({ lanes: [steps], stop, print });
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

  it('two lanes: they run at the same time, the steps of each one after the other', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'orderstream-test-run-'));
    const note = (name: string): string =>
      `require('fs').writeFileSync(${JSON.stringify(directory)} + '/${name}', '');`;
    const await_ = (name: string): string =>
      `const at = Date.now(); while (!require('fs').existsSync(${JSON.stringify(directory)} + '/${name}')) if (Date.now() - at > 30000) process.exit(1);`;
    const isThere = (name: string): string =>
      `process.exit(require('fs').existsSync(${JSON.stringify(directory)} + '/${name}') ? 0 : 1)`;
    const lanes: Step[][] = [
      [step('first', note('first') + await_('other') + note('end')), step('after first', isThere('end'))],
      [step('other', await_('first') + note('other'))],
    ];
    const result = await runTests({ lanes, stop, print });
    expect(result.steps.map(({ title, failed }) => [title, failed])).toEqual([
      ['first', 0],
      ['after first', 0],
      ['other', 0],
    ]);
    rmSync(directory, { recursive: true });
  });

  it('steps that run tests of the same kind: each forgets and counts those of its own projects', async () => {
    const projects = ['first-of-test-run', 'second-of-test-run'];
    const steps = projects.map((project, index) => reporting(project, { numPassedTests: index + 2 }));
    const result = await runTests({ lanes: [steps], stop, print });
    expect(result).toMatchObject({ passed: 5, failed: 0, steps: [{ passed: 2 }, { passed: 3 }] });
    expect(projects.every((project) => existsSync(reportFile(project)))).toBe(true);
    for (const project of projects) rmSync(reportFile(project));
  });

  it.each([
    { what: 'a test is skipped', report: { numPassedTests: 5, numPendingTests: 1 }, says: '1 skipped' },
    {
      what: 'a test is still to be written',
      report: { numPassedTests: 5, numTodoTests: 2 },
      says: '2 still to be written',
    },
    { what: 'no test was found', report: {}, says: 'not one test' },
  ])('$what: the step fails, and says of which project', async ({ report, says }) => {
    const project = 'left-out-of-test-run';
    const result = await runTests({ lanes: [[reporting(project, report)]], stop, print });
    rmSync(reportFile(project));
    expect(result.failed).toBeGreaterThan(0);
    expect(printed.find((line) => line.includes(says))).toContain(`${project}: `);
  });

  it('a project leaves no report, and the program says that all is well: the step fails, and says which project', async () => {
    const silent: Step = {
      ...step('silent', ''),
      tests: { target: 'faults', projects: ['silent-in-test-run'] },
    };
    const result = await runTests({ lanes: [[silent]], stop, print });
    expect(result.failed).toBe(1);
    expect(printed).toContainEqual(expect.stringContaining('silent-in-test-run: it left no report'));
  });

  it.each(['test', 'e2e', 'int-test'])('no package with tests of the kind %s is left out', (target) => {
    const packages = ['apps', 'libs']
      .flatMap((group) => readdirSync(join(workspaceRoot, group)).map((name) => join(group, name)))
      .concat('tools');
    const withTests = packages.flatMap((path) => {
      const { nx } = JSON.parse(readFileSync(join(workspaceRoot, path, 'package.json'), 'utf8')) as {
        nx: { name: string; targets: Record<string, unknown> };
      };
      return target in nx.targets ? [nx.name] : [];
    });
    const run = LANES.flat().flatMap(({ tests }) => (tests?.target === target ? tests.projects : []));
    expect(run.sort()).toEqual(withTests.sort());
  });

  it('a program that is not there: a failure with its reason', async () => {
    const result = await runTests({
      lanes: [[{ kind: 'static', title: 'gone', command: ['no-such-program'] }]],
      stop,
      print,
    });
    expect(result.failed).toBe(1);
    expect(printed.at(-1)).toContain('no-such-program');
  });

  it('a step that tells: its own words are printed as they come, the rest of its output is not', async () => {
    const script = `console.log("noise"); console.error(${JSON.stringify(TELLING)} + "half way"); console.log("noise")`;
    const result = await runTests({ lanes: [[{ ...step('long', script), tells: true }]], stop, print });
    expect(result.failed).toBe(0);
    expect(printed.map((line) => line.slice(0, 12).trimEnd())).toEqual([`${TELLING}half way`, '✓ long']);
  });

  it('only one kind: the others are not run', async () => {
    const steps = [step('first', 'process.exit(1)'), { ...step('second', ''), kind: 'unit' as const }];
    const result = await runTests({ only: 'unit', lanes: [steps], stop, print });
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
    const running = runTests({ lanes: [steps], stop: controller.signal, print });
    await eventually(() => existsSync(started));
    controller.abort();
    const result = await running; // settles only when the pipe that both of them hold is closed
    expect(result.steps.map(({ failed }) => failed)).toEqual([1, 1]);
    rmSync(directory, { recursive: true });
  });
});

function reportFile(project: string): string {
  return join(workspaceRoot, '.nx', `${project}.faults.json`);
}

/** A step that leaves Jest's report of the project: all zeros but what is given. */
function reporting(project: string, counts: Record<string, number>): Step {
  const zeros = {
    numPassedTests: 0,
    numFailedTests: 0,
    numRuntimeErrorTestSuites: 0,
    numPendingTests: 0,
    numTodoTests: 0,
  };
  const report = JSON.stringify({ ...zeros, ...counts });
  const script = `require('fs').writeFileSync(${JSON.stringify(reportFile(project))}, ${JSON.stringify(report)})`;
  return { ...step(project, script), tests: { target: 'faults', projects: [project] } };
}

function step(title: string, script: string): Step {
  return { kind: 'static', title, command: [process.execPath, '-e', script] };
}
