import { spawn } from 'node:child_process';
import { ensureBuilt, isBuilt } from './build.mjs';
import { environment } from './environment.mjs';
import { ensureInstalled, isInstalled, requireNode } from './install.mjs';
import { oneAtATime } from './one-at-a-time.mjs';
import { cli, pinnedNode } from './paths.mjs';
import { SetupError } from './report.mjs';

/** Sets up what is missing, then runs the CLI with these arguments on the pinned Node. Resolves with the exit code. */
export async function setUpAndRun(args) {
  try {
    requireNode();
    if (!isInstalled() || !isBuilt())
      await oneAtATime(async () => {
        await ensureInstalled();
        await ensureBuilt();
      });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    return error.exitCode;
  }
  return runCli(args);
}

/**
 * Signals are passed on and the CLI decides when it is done (one that reaches it from the terminal as well counts once there). The
 * channel tells it when we are killed outright, so that it does not go on alone.
 */
function runCli(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(pinnedNode, [cli, ...args], {
      env: environment,
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
