/** What every package's jest.config.mjs starts from: native ES modules, TypeScript through SWC, sources instead of dist. */
export default {
  testEnvironment: 'node',
  // Files of an app run the same service, and so share its consumer group.
  maxWorkers: 1,
  // Real brokers and databases on a machine that does other things too. Well above what a test itself waits for: that says what it lacks.
  testTimeout: 120_000,
  testEnvironmentOptions: { customExportConditions: ['@orderstream/source', 'node'] },
  testMatch: ['**/test/**/*[.-]spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2023',
        },
        module: { type: 'es6' },
      },
    ],
  },
};
