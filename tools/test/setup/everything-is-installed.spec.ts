import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workspaceRoot } from '../../src/platform/index.ts';

describe('the first set-up', () => {
  const checkout = mkdtempSync(join(tmpdir(), 'orderstream-setup-'));
  afterAll(() => rmSync(checkout, { recursive: true }));

  it('NODE_ENV is production: what builds it is installed as well', async () => {
    mkdirSync(join(checkout, 'tools'));
    cpSync(join(workspaceRoot, 'tools', 'setup'), join(checkout, 'tools', 'setup'), { recursive: true });
    writeFileSync(join(checkout, 'package-lock.json'), '{"packages": {}}');
    // Stands in for npm: writes down what it was asked for.
    const npm = join(checkout, 'npm.cjs');
    const asked = join(checkout, 'asked.json');
    writeFileSync(
      npm,
      `require('node:fs').writeFileSync(${JSON.stringify(asked)}, JSON.stringify(process.argv.slice(2)));`,
    );
    const program = `await (await import(${JSON.stringify(join(checkout, 'tools/setup/install.mjs'))})).ensureInstalled()`;
    await new Promise((ended) => {
      const env = { ...process.env, NODE_ENV: 'production', npm_execpath: npm };
      execFile(process.execPath, ['--input-type=module', '--eval', program], { env }, ended);
    });
    expect(JSON.parse(readFileSync(asked, 'utf8'))).toEqual(expect.arrayContaining(['ci', '--include=dev']));
  });
});
