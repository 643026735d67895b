import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { findJava } from './java.ts';
import { kafkaJars } from './kafka-jars.ts';
import type { OnProgress } from './progress.ts';

/** What Kafka's programs run on. */
export interface KafkaJvm {
  readonly java: string;
  readonly jars: readonly string[];
  /**
   * The JVM's archive of loaded classes, once formatting has made it: with it the broker starts with a third less work. A JVM that it
   * does not fit ignores it.
   */
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
export async function findKafkaJvm(cacheDir: string, onProgress: OnProgress): Promise<KafkaJvm> {
  let files = 0;
  const onDownload = (): void => {
    if (files++ % FILES_PER_LINE) return;
    const message = `fetching its jars through Maven, the first time only (file ${files})`;
    onProgress({ part: 'kafka', state: 'working', message });
  };
  const cacheFile = join(cacheDir, 'kafka-classpath.json');
  const [java, jars] = await Promise.all([findJava(), kafkaJars({ cacheFile, onDownload })]);
  const key = createHash('sha256').update(jars.join('\n')).digest('hex').slice(0, 16);
  return { java, jars, classArchive: join(cacheDir, `kafka-classes-${key}.jsa`) };
}

/** How to spawn it: a UTF-8 locale lets it open paths that are not ASCII; the data directory is its working directory. */
export function javaSpawn({ java }: KafkaJvm, dataDir: string) {
  return { command: java, cwd: dataDir, env: { ...process.env, LC_ALL: 'C.UTF-8' } };
}
