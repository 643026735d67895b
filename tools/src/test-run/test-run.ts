import { finalResults, forgetResults, readResults, total, type Count, type Scope } from './jest-results.ts';
import { runProgram } from './run-program.ts';
import { STEPS, TELLING, type Kind, type Step } from './steps.ts';
import { startTestPlatform } from './test-platform.ts';

const POLL_MS = 500;

export interface TestRunOptions {
  /** Only the steps of this kind; all of them when absent. */
  readonly only?: Kind | undefined;
  /** What there is to run. Default: everything `npm test` runs. */
  readonly steps?: readonly Step[];
  readonly stop: AbortSignal;
  /** Takes the lines of progress and the whole output of a step that failed. */
  readonly print: (line: string) => void;
}

/** What a run came to; `steps` holds each step with its own counts. */
export interface TestRunResult extends Count {
  readonly steps: readonly StepResult[];
}

interface StepResult extends Count {
  readonly title: string;
  readonly seconds: number;
}

/**
 * Runs the steps, all of them even when one fails. Integration and end-to-end tests get a Kafka and a PostgreSQL of their own, which are
 * stopped and removed whatever happens. These tests wait a good deal of their time: the other steps run beside them, each sort one after the
 * other.
 */
export async function runTests({ only, steps = STEPS, stop, print }: TestRunOptions): Promise<TestRunResult> {
  const chosen = steps.filter((step) => only === undefined || step.kind === only);
  const besides = chosen.filter((step) => !step.onPlatform);
  const onPlatform = chosen.filter((step) => step.onPlatform);
  const lanes = await Promise.allSettled([
    runInTurn(besides, process.env, stop, print),
    onPlatform.length && !stop.aborted ? runOnPlatform(onPlatform, stop, print) : [],
  ]);
  const results = lanes.flatMap((lane) => {
    if (lane.status === 'rejected') throw lane.reason;
    return lane.value;
  });
  return { ...total(results), steps: results };
}

async function runOnPlatform(
  steps: readonly Step[],
  stop: AbortSignal,
  print: (line: string) => void,
): Promise<StepResult[]> {
  const startedMs = performance.now();
  const platform = await startTestPlatform({ forEndToEnd: steps.some(({ kind }) => kind === 'e2e') });
  try {
    print(line('✓', 'Kafka and PostgreSQL for the tests', secondsSince(startedMs)));
    return await runInTurn(steps, { ...process.env, ...platform.environment }, stop, print);
  } finally {
    await platform.stop();
  }
}

async function runInTurn(
  steps: readonly Step[],
  env: NodeJS.ProcessEnv,
  stop: AbortSignal,
  print: (line: string) => void,
): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const together of stagesOf(steps))
    results.push(...(await Promise.all(together.map((step) => runStep(step, env, stop, print)))));
  return results;
}

/** The steps that run at the same time, one stage after the other. */
function stagesOf(steps: readonly Step[]): Step[][] {
  const stages: Step[][] = [];
  for (const step of steps) {
    const before = stages.at(-1);
    if (step.alongside && before !== undefined) before.push(step);
    else stages.push([step]);
  }
  return stages;
}

async function runStep(
  step: Step,
  env: NodeJS.ProcessEnv,
  stop: AbortSignal,
  print: (line: string) => void,
): Promise<StepResult> {
  const startedMs = performance.now();
  const scope = step.tests;
  if (scope) forgetResults(scope);
  const watch = scope && reportProjects(scope, print);
  const tell = (said: string): void => {
    if (said.startsWith(TELLING)) print(said);
  };
  const { ok, output } = await runProgram(step.command, env, stop, step.tells && tell);
  watch?.end();
  const results = scope ? finalResults(scope) : [];
  const count = total(results);
  // A step can fail without a failed test: by a lint error, a compiler error, a crash of the runner.
  const failed = ok ? count.failed : Math.max(count.failed, 1);
  const seconds = secondsSince(startedMs);
  const tests = step.tests ? `${count.passed} passed, ${failed} failed` : '';
  print(line(failed ? '✗' : '✓', step.title, seconds, tests));
  if (failed && !stop.aborted)
    [...results.flatMap(({ notRun }) => notRun), output].forEach((text) => print(text));
  return { title: step.title, seconds, passed: count.passed, failed };
}

/** Prints a line for each project as its tests end, so that a long step shows that it moves. */
function reportProjects(scope: Scope, print: (line: string) => void): { end(): void } {
  const seen = new Set<string>();
  const look = (): void => {
    for (const { project, passed, failed } of readResults(scope)) {
      if (seen.has(project)) continue;
      seen.add(project);
      if (passed || failed) print(`    ${project.padEnd(16)} ${passed} passed, ${failed} failed`);
    }
  };
  const timer = setInterval(look, POLL_MS);
  return {
    end: () => {
      clearInterval(timer);
      look();
    },
  };
}

function line(mark: string, title: string, seconds: number, more = ''): string {
  return `${mark} ${title.padEnd(36)} ${seconds.toFixed(1).padStart(6)} s   ${more}`.trimEnd();
}

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
}
