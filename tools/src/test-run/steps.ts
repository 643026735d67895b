import { workspaceRoot } from '../platform/index.ts';
import type { Scope } from './jest-results.ts';

export const KINDS = ['static', 'unit', 'int', 'e2e'] as const;
export type Kind = (typeof KINDS)[number];

/** What a test says while it runs begins with this; see `Step.tells`. */
export const TELLING = '  · ';

/** One part of `npm test`, or all of `npm run test:faults`. */
export interface Step {
  readonly kind: Kind | 'faults';
  readonly title: string;
  readonly command: readonly [string, ...string[]];
  /** Whose tests it runs, every one of them; a step without tests passes or fails as a whole. */
  readonly tests?: Scope;
  /** It needs a running Kafka and PostgreSQL. Steps of one kind share one of each; those of another kind have others. */
  readonly onPlatform?: true;
  /** Its lines that begin with TELLING are printed as they come: it is too long to be silent. */
  readonly tells?: true;
}

/** By its path: TypeScript 6, which the linter needs, has a program of the same name, and either may be the one that npm links. */
const TSC = 'node_modules/typescript-7/bin/tsc';

/** What `npm test` has built is not looked at again, package by package. */
const RUN_MANY = ['nx', 'run-many', '--excludeTaskDependencies'] as const;

const APPS = ['analytics', 'notifier', 'order-api', 'worker'];
const LIBRARIES = ['events', 'service', 'testing', 'transactional'];
/** A worker rules on every order there is: what they share is theirs one after the other. */
const END_TO_END = ['analytics', 'notifier', 'worker'];

const FORMAT: Step = {
  kind: 'static',
  title: 'format',
  command: ['prettier', '--check', '--cache', '--log-level', 'warn', workspaceRoot],
};

/** Types and lint look at all packages in one process, which reads what they have in common once; `nx run-many` does the same package by package. */
const TYPES: Step = { kind: 'static', title: 'types', command: ['node', TSC, '-p', 'tsconfig.tests.json'] };

const LINT: Step = {
  kind: 'static',
  title: 'lint',
  command: ['eslint', 'apps', 'libs', 'tools', '--max-warnings', '0'],
};

const UNIT: Step = {
  kind: 'unit',
  title: 'unit tests',
  command: [...RUN_MANY, '-t', 'test', '--parallel=2'],
  tests: { target: 'test', projects: [...APPS, ...LIBRARIES, 'tools'] },
};

const TOOLS_INTEGRATION: Step = {
  kind: 'int',
  title: 'integration tests of the tools',
  command: [...RUN_MANY, '-t', 'int-test', '-p', 'tools'],
  tests: { target: 'int-test', projects: ['tools'] },
  onPlatform: true,
};

const INTEGRATION: Step = {
  kind: 'int',
  title: 'integration tests of apps and libraries',
  command: [...RUN_MANY, '-t', 'int-test', '-p', [...APPS, ...LIBRARIES].join(','), '--parallel=2'],
  tests: { target: 'int-test', projects: [...APPS, ...LIBRARIES] },
  onPlatform: true,
};

const TOOLS_END_TO_END: Step = {
  kind: 'e2e',
  title: 'end-to-end tests',
  command: [...RUN_MANY, '-t', 'e2e', '-p', 'tools'],
  tests: { target: 'e2e', projects: ['tools'] },
  onPlatform: true,
};

const APPS_END_TO_END: Step = {
  kind: 'e2e',
  title: 'end-to-end tests of the apps',
  command: [...RUN_MANY, '-t', 'e2e', '-p', END_TO_END.join(','), '--parallel=1'],
  tests: { target: 'e2e', projects: END_TO_END },
  onPlatform: true,
};

/**
 * What `npm test` runs: the lanes at the same time, the steps of a lane one after the other. What is quick to fail comes first in the one
 * that never waits; the others wait a good deal, and would leave cores idle behind it.
 */
export const LANES: readonly (readonly Step[])[] = [
  [FORMAT, TYPES, UNIT, LINT],
  [APPS_END_TO_END, TOOLS_END_TO_END],
  [TOOLS_INTEGRATION],
  [INTEGRATION],
];
