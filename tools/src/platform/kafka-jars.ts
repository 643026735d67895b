import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { PlatformError } from './platform-error.ts';
import { workspaceRoot } from './settings.ts';

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
  { onDownload, env = process.env }: KafkaJarsOptions,
): Promise<string[]> {
  const goal = [
    'org.apache.maven.plugins:maven-dependency-plugin:build-classpath',
    `-Dmdep.outputFile=${outputFile}`,
    '-Dstyle.color=never',
  ];
  const { code, lines } = await runMaven(['-B', '-f', POM, ...goal], env, (line) => {
    const file = /Downloaded from \S+: \S*\/(\S+\.jar) /.exec(line)?.[1];
    if (file) onDownload(file);
  });
  if (code === 0 && existsSync(outputFile)) return readFileSync(outputFile, 'utf8').trim().split(delimiter);
  throw new PlatformError(
    'maven-failed',
    "Maven could not fetch Kafka's jars. The first time needs a network (or a mirror in ~/.m2/settings.xml); " +
      'run it again when there is one, or name a Kafka that runs elsewhere in KAFKA_BROKERS.',
    lines
      .map((line) => stripVTControlCharacters(line))
      .filter((line) => /^\[ERROR\] (?!To see|Re-run|For more|\[Help)\S/.test(line))
      .slice(0, 3),
  );
}

function runMaven(
  args: string[],
  env: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
): Promise<{ code: number | null; lines: string[] }> {
  return new Promise((resolve, reject) => {
    const maven = spawn('mvn', args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    const lines: string[] = [];
    createInterface({ input: maven.stdout }).on('line', (line) => {
      lines.push(line);
      onLine(line);
    });
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
