import type { Admin } from 'kafkajs';
import { createKafka, type KafkaSettings } from './client.ts';
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
