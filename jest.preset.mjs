/** What every package's jest.config.mjs starts from: native ES modules, TypeScript through SWC, sources instead of dist. */
export default {
  testEnvironment: 'node',
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
