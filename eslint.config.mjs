import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import ts from 'typescript-eslint';

/** Who may import whom. An app is one team's: nobody imports it. Libraries form a ladder: events < transactional < service. */
const boundaries = [
  { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:lib', 'type:test'] },
  { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['type:lib', 'type:test'] },
  { sourceTag: 'type:test', onlyDependOnLibsWithTags: ['type:lib', 'type:test'] },
  { sourceTag: 'scope:events', onlyDependOnLibsWithTags: ['scope:events', 'type:test'] },
  { sourceTag: 'scope:transactional', onlyDependOnLibsWithTags: ['scope:events', 'type:test'] },
  {
    sourceTag: 'scope:service',
    onlyDependOnLibsWithTags: ['scope:events', 'scope:transactional', 'type:test'],
  },
];

export default ts.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.orderstream/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [ts.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        // One program of all packages, and one for the browser: what they import is read and checked once.
        project: ['tsconfig.lint.json', 'apps/analytics/src/dashboard/page/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@orderstream/*/src/*', '@orderstream/*/dist/*', '@orderstream/*/test/*'],
              message: 'Import a library through its package name; what is not exported is not public.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.ts', '**/*.tsx', '**/*.mjs'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: ['../../jest.preset.mjs', '../jest.preset.mjs'],
          // '#migrations' is the app's own folder, built as a project of its own.
          allowCircularSelfDependency: true,
          depConstraints: boundaries,
        },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly' },
    },
  },
);
