// Lints code that is planted at a path without being written there, with the workspace's own rules (those that need types left out).
// Reads [{file, code}] from the first argument, prints [[rule, …], …].
import { join } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript-eslint';

const root = join(import.meta.dirname, '../../..');
const eslint = new ESLint({
  cwd: root,
  overrideConfig: [{ files: ['**/*.ts'], ...ts.configs.disableTypeChecked }],
});
const found = [];
for (const { file, code } of JSON.parse(process.argv[2])) {
  const [result] = await eslint.lintText(code, { filePath: join(root, file) });
  found.push(result.messages.filter(({ severity }) => severity === 2).map(({ ruleId }) => ruleId));
}
process.stdout.write(JSON.stringify(found));
