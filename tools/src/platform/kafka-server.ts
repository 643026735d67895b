import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { kafkaProperties, writeKafkaFiles } from './kafka-config.ts';
import { formatStorage } from './kafka-format.ts';
import { findKafkaJvm, javaSpawn, QUICK_START, throughClassArchive } from './kafka-jvm.ts';
import { countBrokers, servesGroups } from './kafka-probe.ts';
import { PlatformError } from './platform-error.ts';
import type { OnProgress } from './progress.ts';
import { ServerProcess, type PlatformServerIdentity } from './server-process.ts';
import { HOST } from './settings.ts';

const READY_DEADLINE_MS = 90_000;

export interface KafkaSettings {
  readonly dataDir: string;
  readonly cacheDir: string;
  readonly port: number;
  /** The quorum's own listener, for which nobody else has a use. */
  readonly controllerPort: number;
  readonly detached: boolean;
  /** It will be under load for minutes. */
  readonly forLoad: boolean;
  readonly onProgress: OnProgress;
  /** Ends the start. */
  readonly signal?: AbortSignal | undefined;
}

/** Fixed properties of the Kafka server in a data directory, for starting it and for taking over a running one. */
export function kafkaIdentity(dataDir: string): PlatformServerIdentity {
  return {
    title: 'Kafka',
    stopSignal: 'SIGTERM',
    stopDeadlineMs: 20_000,
    logFile: join(dataDir, 'log', 'kafka.log'),
    ownArgument: join(dataDir, 'config', 'kafka.properties'),
  };
}

/** Formats the storage when it is not yet, starts the broker and hands it to `started` before it waits until the broker is usable. */
export async function startKafkaServer(
  settings: KafkaSettings,
  started: (server: ServerProcess) => void,
): Promise<ServerProcess> {
  const { dataDir, port, controllerPort } = settings;
  const jvm = await findKafkaJvm(settings.cacheDir, settings.onProgress, settings.signal);
  await formatStorage(settings, jvm);
  const files = writeKafkaFiles(
    join(dataDir, 'config'),
    'kafka',
    kafkaProperties(port, controllerPort, 'kafka'),
    {
      jars: jvm.jars,
      options: [...(settings.forLoad ? [] : QUICK_START), ...throughClassArchive(jvm)],
    },
  );
  settings.onProgress({ part: 'kafka', state: 'working', message: 'starting' });
  settings.signal?.throwIfAborted();
  const server = await ServerProcess.start({
    ...kafkaIdentity(dataDir),
    ...javaSpawn(jvm, dataDir),
    args: [`@${files.javaArguments}`, 'kafka.Kafka', files.properties],
    detached: settings.detached,
  });
  started(server);
  await untilUsable(server, settings);
  return server;
}

async function untilUsable(server: ServerProcess, { port, dataDir, signal }: KafkaSettings): Promise<void> {
  const end = Date.now() + READY_DEADLINE_MS;
  while (!(await isKafkaUsable(port))) {
    signal?.throwIfAborted();
    if (!server.isRunning) throw startFailed(server, 'did not start', dataDir);
    if (Date.now() > end)
      throw startFailed(server, `was not usable after ${READY_DEADLINE_MS / 1000} s`, dataDir);
    await delay(50);
  }
}

/** Whether clients can produce, consume and join groups now. */
export async function isKafkaUsable(port: number): Promise<boolean> {
  return (await countBrokers(HOST, port)) > 0 && (await servesGroups(HOST, port));
}

function startFailed(server: ServerProcess, what: string, dataDir: string): PlatformError {
  const wayOut = 'If its data is damaged, `npx orderstream reset` starts afresh (and deletes the local data)';
  const message = `Kafka ${what}; its last lines are below, all of them in ${kafkaIdentity(dataDir).logFile}. ${wayOut}.`;
  return new PlatformError('kafka-start-failed', message, server.lastLogLines());
}
