import { spawn } from 'node:child_process';
import { worksFor } from './one-at-a-time.mjs';
import { SetupError } from './report.mjs';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * Runs a program to its end and keeps what it prints. A signal that asks us to stop is passed on: nothing goes on behind our back.
 *
 * @returns {Promise<{ code: number | null, output: string }>}
 * @throws {SetupError} when we were asked to stop meanwhile; without a code: when it cannot be started
 */
export function runProgram(file, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    if (child.pid) worksFor(child.pid);
    let output = '';
    let asked;
    const passOn = (signal) => child.kill((asked = signal));
    for (const signal of Object.keys(SIGNALS)) process.on(signal, passOn);
    const settle = (how) => {
      for (const signal of Object.keys(SIGNALS)) process.off(signal, passOn);
      how();
    };
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', (error) => settle(() => reject(error)));
    child.once('close', (code) =>
      settle(() => {
        if (asked === undefined) return resolve({ code, output });
        reject(new SetupError('Stopped. The same command goes on from here.', SIGNALS[asked]));
      }),
    );
  });
}
