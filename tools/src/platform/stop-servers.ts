import { runningServer, type PlatformRecord } from './data-dir.ts';
import { kafkaIdentity } from './kafka-server.ts';
import { postgresIdentity } from './postgres-server.ts';
import { ServerProcess } from './server-process.ts';

/** Stops the servers of a record that still run, both at once. */
export async function stopServers(dataDir: string, record: PlatformRecord | undefined): Promise<void> {
  const kafka = runningServer(record?.kafka, dataDir);
  const postgres = runningServer(record?.postgres, dataDir);
  await Promise.all([
    kafka && ServerProcess.adopt(kafka, kafkaIdentity(dataDir)).stop(),
    postgres && ServerProcess.adopt(postgres, postgresIdentity(dataDir)).stop(),
  ]);
}
