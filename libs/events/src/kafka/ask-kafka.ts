import type { Admin, Kafka } from 'kafkajs';
import { createKafka, type KafkaSettings } from './client.ts';
import type { Cluster } from './cluster.ts';
import { ClientSockets } from './sockets.ts';
import { within } from './within.ts';

const ANSWER_MS = 5_000;
const GOODBYE_MS = 500;

/**
 * Asks the cluster something over a connection of its own, which is closed afterwards whatever happened.
 * @throws when Kafka cannot be reached, refuses, or does not answer within 5 s
 */
export async function askKafka<T>(
  settings: KafkaSettings,
  question: (admin: Admin) => Promise<T>,
): Promise<T> {
  const sockets = new ClientSockets();
  const admin = createKafka(settings, { sockets }).admin({ retry: { retries: 0 } });
  try {
    return await within(
      ANSWER_MS,
      admin.connect().then(() => question(admin)),
    );
  } finally {
    await within(GOODBYE_MS, admin.disconnect()).catch(() => undefined);
    sockets.destroy();
  }
}

/** As `askKafka`, for what kafkajs's admin client does not ask or asks topic by topic. @param clusterOf makes kafkajs's view of the cluster */
export async function askCluster<B, Answer>(
  settings: KafkaSettings,
  clusterOf: (kafka: Kafka) => Cluster<B>,
  question: (cluster: Cluster<B>) => Promise<Answer>,
): Promise<Answer> {
  const sockets = new ClientSockets();
  const cluster = clusterOf(createKafka(settings, { sockets }));
  try {
    return await within(
      ANSWER_MS,
      cluster.connect().then(() => question(cluster)),
    );
  } finally {
    await within(GOODBYE_MS, cluster.disconnect()).catch(() => undefined);
    sockets.destroy();
  }
}
