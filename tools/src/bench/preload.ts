import {
  encodeRecord,
  EventProducer,
  newEvent,
  orderCreated,
  uuidv7,
  type KafkaSettings,
} from '@orderstream/events';
import { exampleOrder } from '../start/follow-order.ts';

const CHUNK = 5_000;

/**
 * Puts `count` orders on the topic `orders`, as order-api would; every `contactEvery`th has somebody to write to.
 * @throws Error when one is not acknowledged
 */
export async function preloadOrders(kafka: KafkaSettings, count: number, contactEvery = 1): Promise<void> {
  const { contact, ...anonymous } = exampleOrder('bench@example.com');
  const producer = new EventProducer(kafka);
  try {
    for (let sent = 0; sent < count; sent += CHUNK) {
      const records = Array.from({ length: Math.min(CHUNK, count - sent) }, (_, index) =>
        encodeRecord(
          orderCreated,
          newEvent(
            orderCreated,
            {
              order_id: uuidv7(),
              amount_total: 4980,
              ...anonymous,
              ...(index % contactEvery === 0 ? { contact } : {}),
            },
            { source: 'bench' },
          ),
        ),
      );
      const outcomes = await producer.sendAll(records);
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed !== undefined) throw new Error('preloading failed', { cause: failed.reason });
    }
  } finally {
    await producer.close();
  }
}
