import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { findJava } from './java.ts';
import { kafkaJars } from './kafka-jars.ts';
import type { OnProgress } from './progress.ts';

/** What Kafka's programs run on. */
export interface KafkaJvm {
  readonly java: string;
  readonly jars: readonly string[];
  /** Where the JVM's archive of a broker's loaded classes is, or will be; one for each Java and each set of jars. */
  readonly classArchive: string;
}

/**
 * What makes a broker start sooner: the quick compiler alone, and a collector without threads of its own. The optimising compiler makes a
 * start cost 7 s of CPU time instead of 4 and takes a third of a core more during the first minute under load; it pays for itself after
 * some two minutes of that (docs/performance.md).
 */
export const QUICK_START = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'] as const;

/** Progress is shown once for so many files; there are about a hundred. */
const FILES_PER_LINE = 25;

/** Finds Java and Kafka's jars; the first time Maven fetches them. `cacheDir` keeps what was found. */
export async function findKafkaJvm(
  cacheDir: string,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<KafkaJvm> {
  let files = 0;
  const onDownload = (): void => {
    if (files++ % FILES_PER_LINE) return;
    const message = `fetching its jars through Maven, the first time only (file ${files})`;
    onProgress({ part: 'kafka', state: 'working', message });
  };
  const cacheFile = join(cacheDir, 'kafka-classpath.json');
  const [java, jars] = await Promise.all([findJava(), kafkaJars({ cacheFile, onDownload, signal })]);
  const key = createHash('sha256')
    .update([java.version, ...jars].join('\n'))
    .digest('hex')
    .slice(0, 16);
  return { java: java.command, jars, classArchive: join(cacheDir, `kafka-classes-${key}.jsa`) };
}

/** Takes the classes of an earlier broker, already read and checked: the broker is up after 1.6 s instead of 3.2. Empty while there are none. */
export function fromClassArchive({ classArchive }: KafkaJvm): string[] {
  return isWritten(classArchive) ? [`-XX:SharedArchiveFile=${classArchive}`] : [];
}

/** As `fromClassArchive`; while there is no archive, the broker writes it as it ends, which takes it some 3 s. */
export function throughClassArchive(jvm: KafkaJvm): string[] {
  // What it warns of is each class that it leaves out.
  const write = [`-XX:ArchiveClassesAtExit=${jvm.classArchive}`, '-Xlog:cds=error'];
  return isWritten(jvm.classArchive) ? fromClassArchive(jvm) : write;
}

/** The JVM writes the first bytes last: one that was killed meanwhile has left zeros there. */
function isWritten(archive: string): boolean {
  if (!existsSync(archive)) return false;
  const file = openSync(archive, 'r');
  try {
    const magic = Buffer.alloc(4);
    readSync(file, magic);
    return magic.readUInt32LE() !== 0;
  } finally {
    closeSync(file);
  }
}

/** How to spawn it: a UTF-8 locale lets it open paths that are not ASCII; the data directory is its working directory. */
export function javaSpawn({ java }: KafkaJvm, dataDir: string) {
  return { command: java, cwd: dataDir, env: { ...process.env, LC_ALL: 'C.UTF-8' } };
}
