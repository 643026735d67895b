import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const BOUNDARY = '@nx/enforce-module-boundaries';
const DEEP = 'no-restricted-imports';

interface Planted {
  readonly title: string;
  readonly file: string;
  readonly from: string;
  readonly rules: readonly string[];
}

const planted: Planted[] = [
  {
    title: 'an app imports another app',
    file: 'apps/worker/src/planted.ts',
    from: '../../notifier/src/config.ts',
    rules: [BOUNDARY],
  },
  {
    title: 'libs/events imports libs/transactional',
    file: 'libs/events/src/planted.ts',
    from: '@orderstream/transactional',
    rules: [BOUNDARY],
  },
  {
    title: 'libs/transactional imports libs/service',
    file: 'libs/transactional/src/planted.ts',
    from: '@orderstream/service',
    rules: [BOUNDARY],
  },
  {
    title: 'an app reaches into a library',
    file: 'apps/worker/src/planted.ts',
    from: '@orderstream/events/src/producer/lane',
    rules: [DEEP],
  },
  {
    title: 'an app imports a library',
    file: 'apps/worker/src/planted.ts',
    from: '@orderstream/events',
    rules: [],
  },
  {
    title: 'libs/service imports libs/events',
    file: 'libs/service/src/planted.ts',
    from: '@orderstream/events',
    rules: [],
  },
];

describe('module boundaries', () => {
  const found = JSON.parse(
    execFileSync(
      process.execPath,
      [
        join(import.meta.dirname, 'lint-planted.mjs'),
        JSON.stringify(planted.map(({ file, from }) => ({ file, code: `import '${from}';\n` }))),
      ],
      { encoding: 'utf8' },
    ),
  ) as string[][];

  it.each(planted.map((plant, index) => ({ ...plant, index })))('$title: $rules', ({ rules, index }) => {
    expect(new Set(found[index])).toEqual(new Set(rules));
  });
});
