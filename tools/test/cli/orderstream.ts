import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { kafkaBrokers } from '@orderstream/testing';

const cli = join(import.meta.dirname, '../../dist/cli.js');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `npx orderstream …`, by default on the tests' Kafka and PostgreSQL. */
export class Orderstream {
  readonly process: ChildProcessWithoutNullStreams;
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.process = spawn(process.execPath, [cli, ...args], {
      env: { ...process.env, KAFKA_BROKERS: kafkaBrokers().join(','), ...env },
      stdio: 'pipe',
    });
    this.process.stdin.end();
    this.process.stdout.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.process.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = once(this.process, 'close').then(([code]) => ({
      code: code as number | null,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  /** The lines it has printed to stdout so far. */
  get lines(): string[] {
    return this.stdout.split('\n').filter((line) => line !== '');
  }

  /** Ctrl-C. */
  interrupt(): Promise<Ended> {
    this.process.kill('SIGINT');
    return this.ended;
  }
}

/** Runs one command line to its end. */
export function orderstream(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Orderstream(args, env).ended;
}

/** As `orderstream … --json`, and reads the document. @throws when it did not end with 0 */
export async function orderstreamJson<T>(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<T> {
  const { code, stdout, stderr } = await orderstream([...args, '--json'], env);
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
