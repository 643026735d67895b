import { randomUUID } from 'node:crypto';
import { eventually } from './eventually.ts';
import { testKafka } from './kafka.ts';

export interface TestTopicOptions {
  /** Default 1: everything in one order. */
  readonly partitions?: number;
  /** Whether a failed record holds back the later ones of its key. Default true. */
  readonly ordered?: boolean;
  readonly maxMessageBytes?: number;
  /** Names of further topics that this one needs, for instance its dead-letter topic; same partition count. */
  readonly companions?: (name: string) => readonly string[];
}

/** A topic that belongs to one test, in the shape of the topics file's entries. */
export interface TestTopic {
  readonly name: string;
  readonly partitions: number;
  readonly retentionMs: number;
  readonly maxMessageBytes: number;
  readonly ordered: boolean;
  readonly groups: readonly never[];
  /** Removes the topic and its companions, and waits until the broker no longer lists them. */
  delete(): Promise<void>;
}

/** Creates a topic with a name nobody else has and waits until the leader of every partition answers. */
export async function testTopic(options: TestTopicOptions = {}): Promise<TestTopic> {
  const name = `test-${randomUUID()}`;
  const partitions = options.partitions ?? 1;
  const maxMessageBytes = options.maxMessageBytes ?? 1_048_588;
  const names = [name, ...(options.companions?.(name) ?? [])];
  await asAdmin(async (admin) => {
    await admin.createTopics({
      waitForLeaders: false,
      topics: names.map((topic) => ({
        topic,
        numPartitions: partitions,
        replicationFactor: 1,
        configEntries: [{ name: 'max.message.bytes', value: String(maxMessageBytes) }],
      })),
    });
    // kafkajs's own wait fails where the broker does not know the new topic yet, and ends before the leaders know that they are.
    for (const topic of names) await eventually(() => admin.fetchTopicOffsets(topic));
  });
  return {
    name,
    partitions,
    retentionMs: 24 * 60 * 60 * 1000,
    maxMessageBytes,
    ordered: options.ordered ?? true,
    groups: [],
    delete: () =>
      asAdmin(async (admin) => {
        await admin.deleteTopics({ topics: names });
        // The controller answers before the broker has heard of it.
        await eventually(async () => !(await admin.listTopics()).some((topic) => names.includes(topic)));
      }),
  };
}

type Admin = ReturnType<ReturnType<typeof testKafka>['admin']>;

async function asAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = testKafka().admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
