import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { workspaceRoot } from '../platform/index.ts';

/** The Nx targets that run Jest, and the fault tests, which are none; each leaves `.nx/<project>.<target>.json` (see nx.json, fault-step.ts). */
export type TestTarget = 'test' | 'int-test' | 'e2e' | 'faults';

export interface Count {
  readonly passed: number;
  readonly failed: number;
}

export interface ProjectResult extends Count {
  readonly project: string;
}

const directory = join(workspaceRoot, '.nx');

/** Whose results are meant. */
export interface Scope {
  readonly target: TestTarget;
  /** Default: every project of the workspace. */
  readonly projects?: readonly string[] | undefined;
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
    return report ? [{ project, ...report }] : [];
  });
}

export function total(counts: readonly Count[]): Count {
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
  };
}

function resultFiles({ target, projects }: Scope): { project: string; file: string }[] {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory).filter((name) => name.endsWith(`.${target}.json`));
  return names
    .sort()
    .map((name) => ({ project: basename(name, `.${target}.json`), file: join(directory, name) }))
    .filter(({ project }) => projects?.includes(project) ?? true);
}

/** Jest's summary; a file that could not even be loaded counts as one failure. Undefined while it is still being written. */
function parseReport(file: string): Count | undefined {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
      numRuntimeErrorTestSuites: number;
    };
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    };
  } catch {
    return undefined;
  }
}
