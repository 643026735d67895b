import type { Step } from './steps.ts';

/** The files of tools/test/faults, by how their names begin. */
export const FAULT_SUITES = ['broker', 'poison', 'memory', 'gateway'] as const;
export type FaultSuite = (typeof FAULT_SUITES)[number];

/** All of `npm run test:faults`, or some suites of it, one after the other. They bring their own platform up, to break it. */
export function faultStep(suites: readonly FaultSuite[]): Step {
  return {
    kind: 'faults',
    title: 'fault tests',
    command: [
      'node',
      '--experimental-vm-modules',
      '--no-warnings',
      'node_modules/jest/bin/jest.js',
      '--config=tools/jest.config.mjs',
      `--testPathPatterns=test/faults/(${suites.join('|')})[^/]*[.]faults-spec[.]ts$`,
      '--json',
      '--outputFile=.nx/tools.faults.json',
      '--runInBand',
      '--forceExit',
    ],
    tests: { target: 'faults', projects: ['tools'] },
    tells: true,
  };
}
