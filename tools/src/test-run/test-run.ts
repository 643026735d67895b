import { finalResults, forgetResults, readResults, total, type Count, type Scope } from './jest-results.ts';
import { runProgram } from './run-program.ts';
import { LANES, TELLING, type Kind, type Step } from './steps.ts';
import { TestPlatforms } from './test-platform.ts';

const POLL_MS = 500;

export interface TestRunOptions {
  /** Only the steps of this kind; all of them when absent. */
  readonly only?: Kind | undefined;
  /** What there is to run: steps in turn, lanes beside each other. Default: everything `npm test` runs. */
  readonly lanes?: readonly (readonly Step[])[];
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
 * Runs the steps, all of them even when one fails. Integration tests and end-to-end tests get a Kafka and a PostgreSQL of their own each,
 * which are stopped and removed whatever happens.
 */
export async function runTests({ only, lanes = LANES, stop, print }: TestRunOptions): Promise<TestRunResult> {
  const chosen = lanes.map((lane) => lane.filter((step) => only === undefined || step.kind === only));
  const platforms = new TestPlatforms(chosen.flat(), print);
  try {
    const outcomes = await Promise.allSettled(
      chosen.map((steps) => runInTurn(steps, platforms, stop, print)),
    );
    const results = outcomes.flatMap((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    });
    return { ...total(results), steps: results };
  } finally {
    await platforms.stop();
  }
}

async function runInTurn(
  steps: readonly Step[],
  platforms: TestPlatforms,
  stop: AbortSignal,
  print: (line: string) => void,
): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const step of steps) {
    const needed = step.onPlatform && !stop.aborted ? await platforms.environmentOf(step.kind) : {};
    results.push(await runStep(step, { ...process.env, ...needed }, stop, print));
  }
  return results;
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
