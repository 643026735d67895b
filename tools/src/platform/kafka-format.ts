import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaProperties, writeKafkaFiles } from './kafka-config.ts';
import { fromClassArchive, javaSpawn, QUICK_START, type KafkaJvm } from './kafka-jvm.ts';
import type { KafkaSettings } from './kafka-server.ts';
import { PlatformError } from './platform-error.ts';
import { runToEnd } from './run-to-end.ts';

/**
 * Formats the storage, unless it is. That happens beside the real directory, which then appears in one step: what an interrupted
 * format left behind is never mistaken for a cluster.
 */
export async function formatStorage(settings: KafkaSettings, jvm: KafkaJvm): Promise<void> {
  const { dataDir, port, controllerPort, onProgress, signal } = settings;
  const storage = join(dataDir, 'kafka');
  const work = join(dataDir, 'kafka.new');
  if (existsSync(storage)) return;
  onProgress({ part: 'kafka', state: 'working', message: 'formatting storage' });
  rmSync(work, { recursive: true, force: true });
  const properties = kafkaProperties(port, controllerPort, 'kafka.new');
  const files = writeKafkaFiles(join(dataDir, 'config'), 'kafka-format', properties, {
    jars: jvm.jars,
    options: [...QUICK_START, ...fromClassArchive(jvm)],
  });
  const { command, ...spawn } = javaSpawn(jvm, dataDir);
  const format = [
    'kafka.tools.StorageTool',
    'format',
    '--standalone',
    '-t',
    newClusterId(),
    '-c',
    files.properties,
  ];
  try {
    await runToEnd(command, [`@${files.javaArguments}`, ...format], { ...spawn, signal });
  } catch (cause) {
    signal?.throwIfAborted();
    const { stdout, stderr } = cause as { stdout?: string; stderr?: string };
    const lines = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-10);
    const message = `Kafka's storage in ${dataDir} could not be formatted; the lines below say why.`;
    throw new PlatformError('kafka-start-failed', message, lines, { cause });
  }
  renameSync(work, storage);
}

/** As Kafka's own Uuid.randomUuid(): one that begins with a dash would be taken for an option. */
function newClusterId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
}
