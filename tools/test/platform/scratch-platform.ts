import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '@orderstream/testing';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { Client } from 'pg';
import { stopDetached } from '../../src/platform/control.ts';
import { withDatabase } from '../../src/platform/databases.ts';
import { freePorts, HOST, startPlatform } from '../../src/platform/index.ts';
import type { DatabaseName, Platform, PlatformOptions } from '../../src/platform/index.ts';
import { postgresUrl } from '../../src/platform/postgres-server.ts';

/** `npm test` names its own Kafka and PostgreSQL in the environment; here they are to be started. */
const OWN_PLATFORM = { ...process.env, KAFKA_BROKERS: '', DATABASE_URL: '' };

const cli = join(import.meta.dirname, '../../dist/cli.js');
const holder = join(import.meta.dirname, 'hold-platform.mjs');

/** A data directory and ports of a test's own. `start()` as often as you like; `remove()` leaves nothing running. */
export async function scratchPlatform() {
  const dataDir = mkdtempSync(join(tmpdir(), 'orderstream-platform-'));
  const kafkaPort = await freePorts(3);
  const place = { dataDir, kafkaPort, postgresPort: kafkaPort + 2 };
  const started: Platform[] = [];
  const holders: ChildProcess[] = [];
  return {
    ...place,
    /** The addresses the platform has while it is up, whoever started it. */
    kafkaBrokers: `${HOST}:${kafkaPort}`,
    databaseUrl: (name: DatabaseName) => withDatabase(postgresUrl(place.postgresPort), name),
    async start(options: PlatformOptions = {}): Promise<Platform> {
      const platform = await startPlatform({ ...place, ...options });
      started.push(platform);
      return platform;
    },
    /** Another process that has the platform up; resolves when it is. */
    async startInOtherProcess(options: PlatformOptions = {}): Promise<OtherProcess> {
      const child = spawn(process.execPath, [holder, JSON.stringify({ ...place, ...options })], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      holders.push(child);
      const said = await new Promise<string>((resolve, reject) => {
        child.stdout.once('data', (data: Buffer) => resolve(data.toString()));
        child.once('exit', (code) => reject(new Error(`the other process ended with ${code}`)));
      });
      return { process: child, ...(JSON.parse(said) as Pick<Platform, 'attached'>) };
    },
    /** `npx orderstream …` on this platform. */
    async cli(...args: string[]): Promise<string> {
      const ports = ['--kafka-port', String(place.kafkaPort), '--postgres-port', String(place.postgresPort)];
      const places = ['--data-dir', dataDir, ...(args[0] === 'platform' ? ports : [])];
      return (await promisify(execFile)(process.execPath, [cli, ...args, ...places], { env: OWN_PLATFORM }))
        .stdout;
    },
    async remove(): Promise<void> {
      for (const child of holders) await kill(child);
      for (const platform of started) await platform.stop();
      await stopDetached(dataDir);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** It ends when it is killed. */
export interface OtherProcess extends Pick<Platform, 'attached'> {
  readonly process: ChildProcess;
}

type Addresses = Pick<Platform, 'kafkaBrokers' | 'databaseUrl'>;

export type ScratchPlatform = Awaited<ReturnType<typeof scratchPlatform>>;

/** Puts one record on a topic of one partition (made if it is missing) and one row into the worker's database. */
export async function leaveTraces(platform: Addresses, text: string): Promise<void> {
  const kafka = kafkaOf(platform);
  await withAdmin(kafka, async (admin) => {
    await admin.createTopics({ topics: [{ topic: 'traces', numPartitions: 1 }], waitForLeaders: false });
    await eventually(() => admin.fetchTopicOffsets('traces'));
  });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  await producer.send({ topic: 'traces', acks: -1, messages: [{ value: text }] });
  await producer.disconnect();
  await query(
    platform,
    `CREATE TABLE IF NOT EXISTS traces (text text); INSERT INTO traces VALUES ('${text}')`,
  );
}

/** What `leaveTraces` has left, in order. */
export async function findTraces(platform: Addresses): Promise<{ records: string[]; rows: string[] }> {
  const kafka = kafkaOf(platform);
  const [offsets] = await withAdmin(kafka, (admin) => eventually(() => admin.fetchTopicOffsets('traces')));
  const expected = Number(offsets?.high ?? 0);
  const records: string[] = [];
  const consumer = kafka.consumer({ groupId: `traces-${process.pid}-${Date.now()}` });
  await consumer.connect();
  await consumer.subscribe({ topic: 'traces', fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: async ({ message }) => {
          records.push(message.value?.toString() ?? '');
          if (records.length >= expected) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  const rows = await query<{ text: string }>(platform, 'SELECT text FROM traces');
  return { records, rows: rows.map((row) => row.text) };
}

export function topicsOf(platform: Addresses): Promise<string[]> {
  return withAdmin(kafkaOf(platform), (admin) => admin.listTopics());
}

function kafkaOf(platform: Addresses): Kafka {
  return new Kafka({ brokers: [platform.kafkaBrokers], logLevel: logLevel.NOTHING, retry: { retries: 15 } });
}

async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function query<Row>(platform: Addresses, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: platform.databaseUrl('worker') });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}
