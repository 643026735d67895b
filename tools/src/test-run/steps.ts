import { workspaceRoot } from '../platform/index.ts';
import type { TestTarget } from './jest-results.ts';

export const KINDS = ['static', 'unit', 'int', 'e2e'] as const;
export type Kind = (typeof KINDS)[number];

/** What a test says while it runs begins with this; see `Step.tells`. */
export const TELLING = '  · ';

/** One part of `npm test`, or all of `npm run test:faults`. */
export interface Step {
  readonly kind: Kind | 'faults';
  readonly title: string;
  readonly command: readonly [string, ...string[]];
  /** The Nx target whose tests it runs; a step without one passes or fails as a whole. */
  readonly tests?: TestTarget;
  /** It needs a running Kafka and PostgreSQL. */
  readonly onPlatform?: true;
  /** Its lines that begin with TELLING are printed as they come: it is too long to be silent. */
  readonly tells?: true;
}

/** In this order: what is quick to fail comes first. */
export const STEPS: readonly Step[] = [
  {
    kind: 'static',
    title: 'format',
    command: ['prettier', '--check', '--cache', '--log-level', 'warn', workspaceRoot],
  },
  { kind: 'static', title: 'lint', command: ['nx', 'run-many', '-t', 'lint', '--parallel=2'] },
  { kind: 'static', title: 'types', command: ['nx', 'run-many', '-t', 'typecheck', '--parallel=2'] },
  {
    kind: 'unit',
    title: 'unit tests',
    command: ['nx', 'run-many', '-t', 'test', '--parallel=2'],
    tests: 'test',
  },
  {
    kind: 'int',
    title: 'integration tests',
    command: ['nx', 'run-many', '-t', 'int-test', '--parallel=3'],
    tests: 'int-test',
    onPlatform: true,
  },
  {
    kind: 'e2e',
    title: 'end-to-end tests',
    command: ['nx', 'run-many', '-t', 'e2e', '--parallel=2'],
    tests: 'e2e',
    onPlatform: true,
  },
];
