import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '../platform/index.ts';

/** The Nx targets that run Jest, and the fault tests, which are none; each leaves `.nx/<project>.<target>.json` (see nx.json, fault-step.ts). */
export type TestTarget = 'test' | 'int-test' | 'e2e' | 'faults';

export interface Count {
  readonly passed: number;
  readonly failed: number;
}

export interface ProjectResult extends Count {
  readonly project: string;
  /** Why this is no success although nothing failed: a sentence each. */
  readonly notRun: readonly string[];
}

const directory = join(workspaceRoot, '.nx');

/** Whose results are meant. */
export interface Scope {
  readonly target: TestTarget;
  readonly projects: readonly string[];
}

/** Forgets earlier results, so that a run counts only what it ran itself (or took from Nx's cache). */
export function forgetResults(scope: Scope): void {
  mkdirSync(directory, { recursive: true });
  for (const { file } of resultFiles(scope)) rmSync(file);
}

/** What each project has reported so far. */
export function readResults(scope: Scope): ProjectResult[] {
  return resultFiles(scope).flatMap(({ project, file }) => {
    const report = parseReport(file);
    return report ? [verdictOf(project, report)] : [];
  });
}

/** What each project has come to, once nothing runs any more: one without a report has failed. */
export function finalResults(scope: Scope): ProjectResult[] {
  const reported = readResults(scope);
  const missing = scope.projects.filter((name) => !reported.some(({ project }) => project === name));
  return [
    ...reported,
    ...missing.map((project) => ({
      project,
      passed: 0,
      failed: 1,
      notRun: [`${project}: it left no report, so its tests did not run to their end`],
    })),
  ];
}

export function total(counts: readonly Count[]): Count {
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
  };
}

function resultFiles({ target, projects }: Scope): { project: string; file: string }[] {
  return projects
    .map((project) => ({ project, file: join(directory, `${project}.${target}.json`) }))
    .filter(({ file }) => existsSync(file));
}

/** What is read of Jest's summary. */
interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

/** Undefined while it is still being written. */
function parseReport(file: string): JestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  } catch {
    return undefined;
  }
}

/** A file that could not even be loaded counts as one failure, and so does a test that was left out: it promises nothing. */
function verdictOf(project: string, report: JestReport): ProjectResult {
  const leftOut = report.numPendingTests + report.numTodoTests;
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites + leftOut;
  const ranNone = report.numPassedTests + failed === 0;
  return {
    project,
    passed: report.numPassedTests,
    failed: ranNone ? 1 : failed,
    notRun: [
      ...(leftOut > 0
        ? [
            `${project}: tests were left out: ${report.numPendingTests} skipped, ${report.numTodoTests} still to be written`,
          ]
        : []),
      ...(ranNone ? [`${project}: its report names not one test`] : []),
    ],
  };
}
