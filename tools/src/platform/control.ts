import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inUse, liveUser, readRecord, removeRecord, runningServer, type ServerRecord } from './data-dir.ts';
import { countBrokers } from './kafka-probe.ts';
import { stopServers } from './stop-servers.ts';
import { postgresUrl } from './postgres-server.ts';
import { answers } from './databases.ts';
import { HOST } from './settings.ts';

export interface ServerStatus {
  /** True when its process is there and it answers. */
  readonly running: boolean;
  readonly pid?: number;
  readonly address?: string;
}

/** What runs in a data directory, asked of the servers themselves. */
export async function platformStatus(
  dataDir: string,
): Promise<{ kafka: ServerStatus; postgres: ServerStatus }> {
  const record = readRecord(dataDir);
  const [kafka, postgres] = await Promise.all([
    status(record?.kafka, dataDir, async (port) => (await countBrokers(HOST, port)) > 0),
    status(record?.postgres, dataDir, (port) => answers(postgresUrl(port))),
  ]);
  return { kafka, postgres };
}

/** Stops the servers that `platform up` or a killed run left; refuses while `npm start` uses them. Returns what it stopped. */
export async function stopDetached(dataDir: string): Promise<string[]> {
  const record = readRecord(dataDir);
  const user = liveUser(record);
  if (user) throw inUse(dataDir, user.pid);
  const running = [
    ...(runningServer(record?.kafka, dataDir) ? ['Kafka'] : []),
    ...(runningServer(record?.postgres, dataDir) ? ['PostgreSQL'] : []),
  ];
  await stopServers(dataDir, record);
  removeRecord(dataDir);
  return running;
}

/** What a reset keeps: jars' whereabouts and what was built are not data. */
const KEPT = /^(kafka-classpath\.json|kafka-classes-.*|build-stamp)$/;

/** Stops what runs in the data directory and deletes everything in it. Returns the names of what it deleted. */
export async function deleteLocalData(dataDir: string): Promise<string[]> {
  await stopDetached(dataDir);
  if (!existsSync(dataDir)) return [];
  const names = readdirSync(dataDir).filter((name) => !KEPT.test(name) && !isInUse(join(dataDir, name)));
  for (const name of names) rmSync(join(dataDir, name), { recursive: true, force: true });
  return names;
}

/** A platform of its own inside the directory, as tests have, whose process still runs. */
function isInUse(directory: string): boolean {
  return liveUser(readRecord(directory)) !== undefined;
}

async function status(
  server: ServerRecord | undefined,
  dataDir: string,
  ask: (port: number) => Promise<boolean>,
): Promise<ServerStatus> {
  const found = runningServer(server, dataDir);
  if (!found) return { running: false };
  return { running: await ask(found.port), pid: found.pid, address: `${HOST}:${found.port}` };
}
