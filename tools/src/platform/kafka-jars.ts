import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { PlatformError } from './platform-error.ts';
import { workspaceRoot } from './settings.ts';

const POM = join(workspaceRoot, 'tools', 'pom.xml');

interface CachedClasspath {
  readonly pom: string;
  readonly jars: readonly string[];
}

/**
 * Kafka's jars, resolved by Maven from `tools/pom.xml` into Maven's own repository. The answer is kept in `cacheFile`, so Maven
 * runs once per pom; a jar that is gone since makes it run again.
 */
export async function kafkaJars(
  cacheFile: string,
  onDownload: (file: string) => void,
): Promise<readonly string[]> {
  const pom = createHash('sha256').update(readFileSync(POM)).digest('hex');
  const cached = readCache(cacheFile);
  if (cached?.pom === pom && cached.jars.every((jar) => existsSync(jar))) return cached.jars;
  mkdirSync(dirname(cacheFile), { recursive: true });
  const jars = await resolveWithMaven(`${cacheFile}.${process.pid}.maven`, onDownload);
  writeFileSync(`${cacheFile}.${process.pid}`, JSON.stringify({ pom, jars } satisfies CachedClasspath));
  renameSync(`${cacheFile}.${process.pid}`, cacheFile);
  return jars;
}

async function resolveWithMaven(outputFile: string, onDownload: (file: string) => void): Promise<string[]> {
  const goal = ['dependency:build-classpath', `-Dmdep.outputFile=${outputFile}`, '-Dstyle.color=never'];
  const { code, lines } = await runMaven(['-B', '-f', POM, ...goal], (line) => {
    const file = /^Downloaded from \S+: \S*\/(\S+\.jar) /.exec(line.replace('[INFO] ', ''))?.[1];
    if (file) onDownload(file);
  });
  if (code === 0 && existsSync(outputFile)) return takeClasspath(outputFile);
  throw new PlatformError(
    'maven-failed',
    "Maven could not fetch Kafka's jars. The first time needs a network (or a mirror in ~/.m2/settings.xml); " +
      'run it again when there is one, or name a Kafka that runs elsewhere in KAFKA_BROKERS.',
    lines.filter((line) => line.startsWith('[ERROR]')).slice(0, 3),
  );
}

function runMaven(
  args: string[],
  onLine: (line: string) => void,
): Promise<{ code: number | null; lines: string[] }> {
  return new Promise((resolve, reject) => {
    const maven = spawn('mvn', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const lines: string[] = [];
    let rest = '';
    const take = (chunk: Buffer): void => {
      const parts = (rest + chunk.toString('utf8')).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts);
      parts.forEach(onLine);
    };
    maven.stdout.on('data', take);
    maven.stderr.on('data', take);
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

function takeClasspath(file: string): string[] {
  const jars = readFileSync(file, 'utf8').trim().split(delimiter);
  return jars;
}

function readCache(file: string): CachedClasspath | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as CachedClasspath;
  } catch {
    return undefined;
  }
}
