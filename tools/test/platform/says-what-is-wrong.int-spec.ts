import { createServer } from 'node:net';
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { kafkaBrokers } from '@orderstream/testing';
import { readRecord } from '../../src/platform/data-dir.ts';
import { findJava } from '../../src/platform/java.ts';
import { kafkaJars } from '../../src/platform/kafka-jars.ts';
import { isPortFree, PlatformError } from '../../src/platform/index.ts';
import { startPostgresServer } from '../../src/platform/postgres-server.ts';
import { scratchPlatform, type ScratchPlatform } from './scratch-platform.ts';

const onDownload = (): void => undefined;

describe('says what is wrong, and the way out', () => {
  let scratch: ScratchPlatform;
  /** In which a cluster of PostgreSQL is made once; the last test that uses it damages that. */
  let clustered: ScratchPlatform;
  beforeAll(async () => void (clustered = await scratchPlatform()));
  afterAll(() => clustered.remove(), 60_000);
  beforeEach(async () => void (scratch = await scratchPlatform()));
  afterEach(() => scratch.remove());

  it.each([
    ['Kafka', 0, '--kafka-port'],
    ["Kafka's controller", 1, '--kafka-port'],
    ['PostgreSQL', 2, '--postgres-port'],
  ])(
    'the port of %s is taken: who has it, and how to choose another; nothing stays running',
    async (_, offset, option) => {
      const port = scratch.kafkaPort + offset;
      const squatter = createServer().listen(port, '127.0.0.1');
      const error = await failure(scratch.start());
      squatter.close();
      expect(error.code).toBe('port-taken');
      expect(error.message).toContain(`Port ${port} of 127.0.0.1`);
      expect(error.message).toContain(`taken by process ${process.pid} (`);
      expect(error.message).toContain(option);
      await expectNothingToRun(scratch);
    },
    60_000,
  );

  it('another process has the same data directory up: which one, and how to stop it', async () => {
    // Whose Kafka is one that runs anyway: which servers it has is all the same.
    const other = await clustered.startInOtherProcess({ kafkaBrokers: kafkaBrokers().join() });
    const error = await failure(clustered.start());
    expect(error.code).toBe('data-dir-in-use');
    expect(error.message).toContain(`in use by process ${other.process.pid}`);
    other.process.kill('SIGKILL');
  }, 120_000);

  it('Kafka does not start on damaged data: its own last lines, the log and the way out', async () => {
    mkdirSync(join(clustered.dataDir, 'kafka'));
    writeFileSync(join(clustered.dataDir, 'kafka', 'meta.properties'), 'damaged');
    const error = await failure(clustered.start());
    expect(error.code).toBe('kafka-start-failed');
    expect(error.logLines.join('\n')).toContain('node ID not found');
    expect(error.message).toContain('npx orderstream reset');
    await expectNothingToRun(clustered);
  }, 120_000);

  it('PostgreSQL does not start on damaged data: its own last lines, the log and the way out', async () => {
    const settings = {
      ...clustered,
      port: clustered.postgresPort,
      detached: false,
      onProgress: () => undefined,
    };
    await (await startPostgresServer(settings, () => undefined)).stop();
    writeFileSync(join(clustered.dataDir, 'postgres', 'global', 'pg_control'), 'damaged');
    const error = await failure(startPostgresServer(settings, () => undefined));
    expect(error.code).toBe('postgres-start-failed');
    expect(error.logLines.join('\n')).toMatch(/PANIC|FATAL/);
    expect(error.message).toContain('npx orderstream reset');
  }, 120_000);

  it.each([
    [
      { kafkaBrokers: '127.0.0.1:9' },
      'kafka-unreachable',
      'Kafka at 127.0.0.1:9 (from KAFKA_BROKERS) cannot be reached: ECONNREFUSED',
    ],
    [{ kafkaBrokers: 'broker' }, 'kafka-unreachable', '"broker" is not host:port'],
    [
      { databaseUrl: 'postgres://u:secret@127.0.0.1:9/x' },
      'postgres-unreachable',
      'PostgreSQL at 127.0.0.1:9 (from DATABASE_URL)',
    ],
    [{ databaseUrl: 'secret' }, 'postgres-unreachable', 'DATABASE_URL is not a PostgreSQL address'],
  ])(
    'the environment names what is not there (%j): which variable, never a password',
    async (options, code, sentence) => {
      const error = await failure(scratch.start(options));
      expect(error.code).toBe(code);
      expect(error.message).toContain(sentence);
      expect(error.message).not.toContain('secret');
    },
  );

  it('no Java: what to install', async () => {
    const error = await failure(findJava({ PATH: pathWith() }));
    expect(error.code).toBe('java-missing');
    expect(error.message).toMatch(/none on the PATH.*apt install openjdk-17-jre-headless.*KAFKA_BROKERS/);
  });

  it('a Java that is too old: its version', async () => {
    const directory = pathWith();
    const script = '#!/bin/sh\necho \'java version "1.8.0_412"\' >&2\n';
    writeFileSync(join(directory, 'java'), script, { mode: 0o755 });
    const error = await failure(findJava({ PATH: directory }));
    expect(error.message).toContain('the one on the PATH is Java 8');
  });

  it('no Maven: what to install', async () => {
    const cacheFile = join(scratch.dataDir, 'classpath.json');
    const error = await failure(kafkaJars({ cacheFile, onDownload, env: { PATH: pathWith('java') } }));
    expect(error.code).toBe('maven-missing');
    expect(error.message).toMatch(/no `mvn` on the PATH.*apt install maven.*KAFKA_BROKERS/);
  });

  it('a process that only names the data directory has a port: it keeps it', async () => {
    const listen = `require('node:net').createServer().listen(${scratch.postgresPort}, '127.0.0.1', () => console.log('listening'))`;
    const nested = join(scratch.dataDir, 'postgres', 'of-another');
    const squatter = spawn(process.execPath, ['-e', listen, nested], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(squatter.stdout, 'data');
    const error = await failure(scratch.start());
    const exitCode = [squatter.exitCode, squatter.signalCode];
    squatter.kill('SIGKILL');
    expect(error.message).toContain(`taken by process ${squatter.pid} (`);
    expect(exitCode).toEqual([null, null]);
  }, 60_000);

  it('Maven does not even start: what it says', async () => {
    const cacheFile = join(scratch.dataDir, 'classpath.json');
    const env = { ...process.env, JAVA_HOME: join(scratch.dataDir, 'nowhere') };
    const error = await failure(kafkaJars({ cacheFile, onDownload, env }));
    expect(error.code).toBe('maven-failed');
    expect(error.logLines.join('\n')).toContain('JAVA_HOME');
  }, 120_000);

  it('Maven without a network: its own reason, and that the first time needs one', async () => {
    const home = mkdtempSync(join(scratch.dataDir, 'home-'));
    mkdirSync(join(home, '.m2'));
    writeFileSync(join(home, '.m2', 'settings.xml'), '<settings><offline>true</offline></settings>');
    const cacheFile = join(scratch.dataDir, 'classpath.json');
    const env = { ...process.env, MAVEN_OPTS: `-Duser.home=${home}` };
    const error = await failure(kafkaJars({ cacheFile, onDownload, env }));
    expect(error.code).toBe('maven-failed');
    expect(error.message).toContain('the first time needs one');
    expect(error.logLines.join('\n')).toMatch(/offline/i);
    expect(readdirSync(scratch.dataDir).filter((name) => name.startsWith('classpath'))).toEqual([]);
  }, 120_000);

  /** A PATH with nothing but a shell and the named programs. */
  function pathWith(...programs: string[]): string {
    const directory = mkdtempSync(join(scratch.dataDir, 'path-'));
    for (const name of ['sh', ...programs]) {
      symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(directory, name));
    }
    return directory;
  }
});

/** Nothing that `platform down` would stop, nor anything that listens. */
async function expectNothingToRun({ dataDir, kafkaPort, postgresPort }: ScratchPlatform): Promise<void> {
  expect(readRecord(dataDir)).toBeUndefined();
  const ports = [kafkaPort, kafkaPort + 1, postgresPort];
  expect(await Promise.all(ports.map(isPortFree))).toEqual([true, true, true]);
}

async function failure(promise: Promise<unknown>): Promise<PlatformError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof PlatformError) return error;
  throw new Error('expected a PlatformError', { cause: error });
}
