import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findJava } from './java.ts';
import { kafkaProperties, writeKafkaFiles } from './kafka-config.ts';
import { kafkaJars } from './kafka-jars.ts';
import { countBrokers, servesGroups } from './kafka-probe.ts';
import { PlatformError } from './platform-error.ts';
import type { OnProgress } from './progress.ts';
import { ServerProcess, type ServerCommand, type ServerIdentity } from './server-process.ts';
import { HOST } from './settings.ts';

const run = promisify(execFile);
const READY_DEADLINE_MS = 90_000;

export interface KafkaSettings {
  readonly dataDir: string;
  readonly cacheDir: string;
  readonly port: number;
  /** The quorum's own listener, for which nobody else has a use. */
  readonly controllerPort: number;
  readonly detached: boolean;
  readonly onProgress: OnProgress;
}

/** Fixed properties of the Kafka server in a data directory, for starting it and for taking over a running one. */
export function kafkaIdentity(dataDir: string): ServerIdentity {
  return {
    title: 'Kafka',
    stopSignal: 'SIGTERM',
    stopDeadlineMs: 20_000,
    logFile: join(dataDir, 'log', 'kafka.log'),
  };
}

/** Formats the storage when it is not yet, starts the broker and hands it to `started` before it waits until the broker is usable. */
export async function startKafkaServer(
  settings: KafkaSettings,
  started: (server: ServerProcess) => void,
): Promise<ServerProcess> {
  const [java, jars] = await Promise.all([
    findJava(),
    kafkaJars({
      cacheFile: join(settings.cacheDir, 'kafka-classpath.json'),
      onDownload: (file) =>
        settings.onProgress({ part: 'kafka', state: 'working', message: `fetching ${file}` }),
    }),
  ]);
  await format(settings, java, jars);
  const properties = kafkaProperties(settings.port, settings.controllerPort, 'kafka');
  const files = writeKafkaFiles(join(settings.dataDir, 'config'), 'kafka', properties, jars);
  settings.onProgress({ part: 'kafka', state: 'working', message: 'starting' });
  const server = await ServerProcess.start({
    ...kafkaIdentity(settings.dataDir),
    ...javaCommand(java, settings.dataDir),
    args: [`@${files.javaArguments}`, 'kafka.Kafka', files.properties],
    detached: settings.detached,
  });
  started(server);
  await untilUsable(server, settings);
  return server;
}

/**
 * Formatting happens beside the real directory, which then appears in one step: what an interrupted format left behind
 * is never mistaken for a cluster.
 */
async function format(
  { dataDir, controllerPort, port, onProgress }: KafkaSettings,
  java: string,
  jars: readonly string[],
) {
  if (existsSync(join(dataDir, 'kafka'))) return;
  onProgress({ part: 'kafka', state: 'working', message: 'formatting storage' });
  rmSync(join(dataDir, 'kafka.new'), { recursive: true, force: true });
  const properties = kafkaProperties(port, controllerPort, 'kafka.new');
  const files = writeKafkaFiles(join(dataDir, 'config'), 'kafka-format', properties, jars);
  const args = [`@${files.javaArguments}`, 'kafka.tools.StorageTool', 'format', '--standalone'];
  const { command, ...options } = javaCommand(java, dataDir);
  try {
    await run(command, [...args, '-t', newClusterId(), '-c', files.properties], options);
  } catch (cause) {
    const output =
      String((cause as { stdout?: string }).stdout) + String((cause as { stderr?: string }).stderr);
    const message = `Kafka's storage in ${dataDir} could not be formatted; the lines below say why.`;
    throw new PlatformError('kafka-start-failed', message, output.trim().split('\n').slice(-10), { cause });
  }
  renameSync(join(dataDir, 'kafka.new'), join(dataDir, 'kafka'));
}

/** As Kafka's own Uuid.randomUuid(): one that begins with a dash would be taken for an option. */
function newClusterId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
}

/** A UTF-8 locale lets the JVM open paths that are not ASCII; the data directory is its working directory. */
function javaCommand(java: string, dataDir: string): Pick<ServerCommand, 'command' | 'cwd' | 'env'> {
  return { command: java, cwd: dataDir, env: { ...process.env, LC_ALL: 'C.UTF-8' } };
}

async function untilUsable(server: ServerProcess, { port, dataDir }: KafkaSettings): Promise<void> {
  const end = Date.now() + READY_DEADLINE_MS;
  while (!(await isUsable(port))) {
    if (!server.isRunning) throw startFailed(server, 'did not start', dataDir);
    if (Date.now() > end)
      throw startFailed(server, `was not usable after ${READY_DEADLINE_MS / 1000} s`, dataDir);
    await delay(50);
  }
}

async function isUsable(port: number): Promise<boolean> {
  return (await countBrokers(HOST, port)) > 0 && (await servesGroups(HOST, port));
}

function startFailed(server: ServerProcess, what: string, dataDir: string): PlatformError {
  const wayOut = 'If its data is damaged, `npx orderstream reset` starts afresh (and deletes the local data)';
  const message = `Kafka ${what}; its last lines are below, all of them in ${kafkaIdentity(dataDir).logFile}. ${wayOut}.`;
  return new PlatformError('kafka-start-failed', message, server.lastLogLines());
}
