import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { workspaceRoot } from '../../src/platform/index.ts';

// A process of its own, as it is run: the set-up is plain JavaScript, from before anything is built.
const PROGRAM = `import { buildInputs } from '${new URL('../../setup/build.mjs', import.meta.url).href}';
  console.log(JSON.stringify(buildInputs()));`;

it.each(['apps/*/migrations/*.ts', 'libs/*/src/**/*.ts', 'tools/src/**/*.ts', '{apps,libs}/*/package.json'])(
  'a change of %s alone: `npm start` builds',
  async (pattern) => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '--eval',
      PROGRAM,
    ]);
    const files = globSync(pattern, { cwd: workspaceRoot }).map((file) => join(workspaceRoot, file));
    expect(files.length).toBeGreaterThan(3);
    expect(JSON.parse(stdout)).toEqual(expect.arrayContaining(files));
  },
);

it('what is built comes from the compiler that package.json pins, whichever `tsc` npm has linked', () => {
  const manifest = readFileSync(join(workspaceRoot, 'package.json'), 'utf8');
  const { devDependencies } = JSON.parse(manifest) as { devDependencies: Record<string, string> };
  const builds = globSync('{apps/*,libs/*,tools}/dist/.tsbuildinfo', { cwd: workspaceRoot });
  expect(builds.length).toBeGreaterThan(8);
  for (const build of builds) {
    const { version } = JSON.parse(readFileSync(join(workspaceRoot, build), 'utf8')) as { version: string };
    expect(`npm:typescript@${version}`).toBe(devDependencies['typescript-7']);
  }
});
