import { format } from 'node:util';
import { kafkaBrokers } from '@orderstream/testing';
import { Command } from 'commander';
import { runCli } from '../../src/run-cli.ts';
import type { Ended } from './orderstream.ts';

/**
 * Runs one command line to its end in the test's own process, by default on the tests' Kafka and PostgreSQL; never two at the same time.
 * It saves what starting a process takes, and is for what a command says and does. Where signals, streams or a terminal matter, or what
 * `dist` holds: `Orderstream`.
 */
export async function inThisProcess(
  register: (program: Command) => void,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const said = { stdout: '', stderr: '' };
  const giveBack = [
    setEnvironment({ KAFKA_BROKERS: kafkaBrokers().join(','), ...env }),
    takeOutput((text) => (said.stdout += text)),
    takeConsole(
      (text) => (said.stdout += text),
      (text) => (said.stderr += text),
    ),
  ];
  try {
    const program = new Command('orderstream').configureOutput({
      writeOut: (text) => (said.stdout += text),
      writeErr: (text) => (said.stderr += text),
    });
    register(program);
    const code = await runCli(program, args);
    return { code, ...said };
  } finally {
    for (const each of giveBack) each();
  }
}

/** As with `--json`: reads the document. @throws when it did not end with 0 */
export async function jsonInThisProcess<T>(
  register: (program: Command) => void,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<T> {
  const { code, stdout, stderr } = await inThisProcess(register, [...args, '--json'], env);
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

type GiveBack = () => void;

function setEnvironment(env: NodeJS.ProcessEnv): GiveBack {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

function takeOutput(take: (text: string) => void): GiveBack {
  const { stdout } = process;
  const write: unknown = Reflect.get(stdout, 'write');
  const listeners = stdout.listeners('error');
  stdout.write = (text: string | Uint8Array): boolean => {
    take(String(text));
    return true;
  };
  return () => {
    Reflect.set(stdout, 'write', write);
    // Each command line listens for a reader that leaves, until its process ends.
    for (const each of stdout.listeners('error') as (() => void)[]) {
      if (!listeners.includes(each)) stdout.off('error', each);
    }
  };
}

function takeConsole(takeLog: (text: string) => void, takeError: (text: string) => void): GiveBack {
  const { log, error } = console;
  console.log = (...said: unknown[]) => takeLog(`${format(...said)}\n`);
  console.error = (...said: unknown[]) => takeError(`${format(...said)}\n`);
  return () => Object.assign(console, { log, error });
}
