import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { modules, pinnedNode, root } from './paths.mjs';
import { runProgram } from './program.mjs';
import { SetupError, showProgress } from './report.mjs';

const stamp = join(modules, '.orderstream-install');
const lockFile = join(root, 'package-lock.json');

/** Installs the packages of package-lock.json unless exactly they are installed already. */
export async function ensureInstalled() {
  if (isInstalled()) return;
  if (!installedAsLocked()) await install();
  requirePinnedNode();
  writeFileSync(stamp, wanted());
}

export function isInstalled() {
  return readIfThere(stamp) === wanted() && existsSync(pinnedNode);
}

function wanted() {
  return createHash('sha256').update(readFileSync(lockFile)).digest('hex');
}

/** @throws {SetupError} */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 18)) return;
  throw new SetupError(
    `Node ${process.versions.node} is too old to set this up; Node 20.18 or newer is needed (what runs then is pinned by the project). ` +
      'Install a newer one from https://nodejs.org or your package manager.',
  );
}

/** npm writes down what it installed; after somebody's own `npm install` or `npm ci` there is nothing left to do. */
function installedAsLocked() {
  const installed = readIfThere(join(modules, '.package-lock.json'));
  if (!installed || !existsSync(pinnedNode)) return false;
  const present = JSON.parse(installed).packages;
  return Object.entries(JSON.parse(readFileSync(lockFile, 'utf8')).packages)
    .filter(([path, entry]) => path.includes('node_modules/') && !entry.optional)
    .every(([path, entry]) => present[path]?.version === entry.version);
}

async function install() {
  const total = Object.keys(JSON.parse(readFileSync(lockFile, 'utf8')).packages).filter(isTopLevel).length;
  const stop = showProgress('Installing packages (npm ci)', () => `${countInstalled()} of about ${total}`);
  // Said aloud, as NODE_ENV=production or npm's `omit` would leave out what builds it.
  const options = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await npm(['ci', ...options]).finally(stop);
  if (code === 0) return;
  const lines = output.split('\n').filter((line) => line.startsWith('npm error'));
  throw new SetupError(
    [`npm ci failed (exit code ${code}):`, ...lines.slice(0, 12), wayOut(output)].join('\n'),
  );
}

function wayOut(output) {
  if (output.includes('EUSAGE')) {
    return 'A package.json was changed and package-lock.json was not: run `npm install`, then this again.';
  }
  if (output.includes('ENOSPC')) return 'The disk is full: free about 1 GB, then run the same command again.';
  return 'The first set-up needs the npm registry (or a mirror: `npm config get registry`). Run the same command again once it is reachable.';
}

function isTopLevel(path) {
  return path.startsWith('node_modules/') && path.lastIndexOf('node_modules/') === 0;
}

function countInstalled() {
  if (!existsSync(modules)) return 0;
  const names = readdirSync(modules).filter((name) => !name.startsWith('.'));
  const scopes = names.filter((name) => name.startsWith('@'));
  return (
    names.length -
    scopes.length +
    scopes.reduce((sum, scope) => sum + readdirSync(join(modules, scope)).length, 0)
  );
}

async function npm(args) {
  const [command, ...first] = process.env.npm_execpath
    ? [process.execPath, process.env.npm_execpath]
    : ['npm'];
  try {
    return await runProgram(command, [...first, ...args], { cwd: root, env: plainEnvironment() });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    throw new SetupError('There is no npm on the PATH. It comes with Node: https://nodejs.org');
  }
}

/** Without this project's own `node` first on the PATH: npm ci deletes it while it works. */
function plainEnvironment() {
  const path = (process.env.PATH ?? '').split(delimiter).filter((dir) => !dir.startsWith(modules));
  return { ...process.env, PATH: path.join(delimiter) };
}

function requirePinnedNode() {
  if (spawnSync(pinnedNode, ['--version']).status === 0) return;
  throw new SetupError(
    "The project's own Node (package `node`) is not there. Its install script fetches it: allow npm to run scripts " +
      '(`npm config get ignore-scripts` must be false), then run `npm ci` and this again.',
  );
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
