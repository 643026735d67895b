import { join } from 'node:path';
import { createKafka } from '@orderstream/events';
import {
  freePort,
  kafkaBrokers,
  spawnService,
  type SpawnedService,
  type TestDatabase,
} from '@orderstream/testing';

type Admin = ReturnType<ReturnType<typeof createKafka>['admin']>;

/** Any number of instances of the worker as deployed, on one database. */
export class WorkerGroup {
  readonly #database: TestDatabase;
  readonly #running = new Set<SpawnedService>();

  constructor(database: TestDatabase) {
    this.#database = database;
  }

  /** Starts one more; resolves when it is ready. */
  async start(): Promise<SpawnedService> {
    const port = await freePort();
    const service = await spawnService({
      entry: join(import.meta.dirname, '../../dist/main.js'),
      env: {
        PORT: String(port),
        KAFKA_BROKERS: kafkaBrokers().join(','),
        DATABASE_URL: this.#database.url,
        NODE_ENV: 'production',
      },
      readyUrl: `http://127.0.0.1:${port}/health/ready`,
    });
    this.#running.add(service);
    void service.exited.then(() => this.#running.delete(service));
    return service;
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running].map((service) => service.stop()));
  }

  /** How many partitions of `topic` each member of the group has, as the coordinator says; undefined while it is at it. */
  async shares(topic: string): Promise<number[] | undefined> {
    const { groups } = await this.#asOperator((admin) => admin.describeGroups(['worker']));
    const [group] = groups;
    if (group?.state !== 'Stable') return undefined;
    return group.members.map(({ memberAssignment }) => partitionsIn(memberAssignment, topic));
  }

  async #asOperator<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = createKafka({ clientId: 'test', brokers: kafkaBrokers() }).admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }
}

/** https://kafka.apache.org/protocol: version, then topics, each with its partitions. */
function partitionsIn(assignment: Buffer, wanted: string): number {
  let at = 2;
  let topics = assignment.readInt32BE(at);
  for (at += 4; topics > 0; topics -= 1) {
    const length = assignment.readInt16BE(at);
    const name = assignment.toString('utf8', at + 2, at + 2 + length);
    const count = assignment.readInt32BE(at + 2 + length);
    if (name === wanted) return count;
    at += 2 + length + 4 + count * 4;
  }
  return 0;
}
