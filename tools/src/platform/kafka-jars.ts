import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { PlatformError } from './platform-error.ts';
import { endOnAbort } from './run-to-end.ts';
import { workspaceRoot } from './settings.ts';

/**
 * Maven lives for seconds: without the optimising compiler it takes half the CPU time and half as long (2.5 s instead of 4.5). What
 * MAVEN_OPTS says comes behind it and counts.
 */
const QUICK_COMPILER = '-XX:TieredStopAtLevel=1';

const POM = join(workspaceRoot, 'tools', 'pom.xml');

interface CachedClasspath {
  readonly pom: string;
  readonly jars: readonly string[];
}

export interface KafkaJarsOptions {
  /** Where the answer is kept. */
  readonly cacheFile: string;
  /** Called with the name of each jar that Maven has fetched. */
  readonly onDownload: (file: string) => void;
  /** What Maven sees. Default: this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Ends Maven. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Kafka's jars, resolved by Maven from `tools/pom.xml` into Maven's own repository. The answer is kept, so Maven runs once per pom; a
 * jar that is gone since makes it run again.
 */
export async function kafkaJars(options: KafkaJarsOptions): Promise<readonly string[]> {
  const { cacheFile } = options;
  const pom = createHash('sha256').update(readFileSync(POM)).digest('hex');
  const cached = readCache(cacheFile);
  if (cached?.pom === pom && cached.jars.every((jar) => existsSync(jar))) return cached.jars;
  mkdirSync(dirname(cacheFile), { recursive: true });
  const work = `${cacheFile}.${process.pid}`;
  try {
    const jars = await resolveWithMaven(work, options);
    writeFileSync(work, JSON.stringify({ pom, jars } satisfies CachedClasspath));
    renameSync(work, cacheFile);
    return jars;
  } finally {
    rmSync(work, { force: true });
  }
}

async function resolveWithMaven(
  outputFile: string,
  { onDownload, env = process.env, signal }: KafkaJarsOptions,
): Promise<string[]> {
  const goal = [
    'org.apache.maven.plugins:maven-dependency-plugin:build-classpath',
    `-Dmdep.outputFile=${outputFile}`,
    '-Dstyle.color=never',
  ];
  const mavenOptions = [QUICK_COMPILER, env['MAVEN_OPTS'] ?? ''].join(' ').trim();
  // As `javaSpawn`: the file it writes may lie below a directory whose name is not ASCII.
  const spawnOptions = { env: { ...env, LC_ALL: 'C.UTF-8', MAVEN_OPTS: mavenOptions }, signal };
  const { code, lines } = await runMaven(['-B', '-f', POM, ...goal], spawnOptions, (line) => {
    const file = /Downloaded from \S+: \S*\/(\S+\.jar) /.exec(line)?.[1];
    if (file) onDownload(file);
  });
  signal?.throwIfAborted();
  if (code === 0 && existsSync(outputFile)) return readFileSync(outputFile, 'utf8').trim().split(delimiter);
  throw new PlatformError(
    'maven-failed',
    "Maven could not fetch Kafka's jars; what it says is below. If it found no network: the first time needs one (or a mirror in " +
      '~/.m2/settings.xml). Run it again when that is put right, or name a Kafka that runs elsewhere in KAFKA_BROKERS.',
    reasonOf(lines),
  );
}

/** Maven's errors, without its advice; where it did not come that far, the last lines of whatever was said. */
function reasonOf(lines: readonly string[]): string[] {
  const plain = lines.map((line) => stripVTControlCharacters(line)).filter((line) => line.trim() !== '');
  const errors = plain.filter((line) => /^\[ERROR\] (?!To see|Re-run|For more|\[Help)\S/.test(line));
  return errors.length > 0 ? errors.slice(0, 3) : plain.slice(-3);
}

function runMaven(
  args: string[],
  { env, signal }: { env: NodeJS.ProcessEnv; signal: AbortSignal | undefined },
  onLine: (line: string) => void,
): Promise<{ code: number | null; lines: string[] }> {
  return new Promise((resolve, reject) => {
    const maven = spawn('mvn', args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    endOnAbort(maven, signal);
    const lines: string[] = [];
    for (const input of [maven.stdout, maven.stderr]) {
      createInterface({ input }).on('line', (line) => {
        lines.push(line);
        onLine(line);
      });
    }
    maven.once('error', (cause) => reject(mavenMissing(cause)));
    maven.once('close', (code) => resolve({ code, lines }));
  });
}

function mavenMissing(cause: Error): PlatformError {
  const wayOut =
    'Install it (Debian: `apt install maven`, macOS: `brew install maven`), or name a Kafka that runs elsewhere';
  return new PlatformError(
    'maven-missing',
    `Kafka's jars come through Maven, and there is no \`mvn\` on the PATH. ${wayOut} in KAFKA_BROKERS.`,
    [],
    { cause },
  );
}

function readCache(file: string): CachedClasspath | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as CachedClasspath;
  } catch {
    return undefined;
  }
}
