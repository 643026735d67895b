import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
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
