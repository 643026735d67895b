import {
  encodeRecord,
  EventProducer,
  newEvent,
  orderCreated,
  uuidv7,
  type KafkaSettings,
  type OutgoingRecord,
  type RecordPosition,
} from '@orderstream/events';
import { exampleOrder } from '../start/follow-order.ts';

const CHUNK = 5_000;
/** Nobody waits for an answer here: a busy broker may take its time. */
const SEND_TIMEOUT_MS = 30_000;

/**
 * Puts `count` orders on the topic `orders`, as order-api would; every `contactEvery`th has somebody to write to.
 * @throws Error when one is not acknowledged
 */
export async function preloadOrders(kafka: KafkaSettings, count: number, contactEvery = 1): Promise<void> {
  await publishAll(kafka, exampleOrders(count, contactEvery));
}

/**
 * Sends records as they are made, some thousand at a time, and says where each came to lie.
 * @throws Error when one is not acknowledged
 */
export async function publishAll(
  kafka: KafkaSettings,
  records: Iterable<OutgoingRecord>,
  onSent: (record: OutgoingRecord, at: RecordPosition) => void = () => undefined,
): Promise<void> {
  const producer = new EventProducer(kafka, { sendTimeoutMs: SEND_TIMEOUT_MS });
  const send = async (chunk: readonly OutgoingRecord[]): Promise<void> => {
    const outcomes = await producer.sendAll(chunk);
    outcomes.forEach((outcome, index) => {
      if (outcome.status === 'rejected') throw new Error('preloading failed', { cause: outcome.reason });
      onSent(chunk[index] as OutgoingRecord, outcome.value);
    });
  };
  try {
    let chunk: OutgoingRecord[] = [];
    for (const record of records) {
      if (chunk.push(record) < CHUNK) continue;
      await send(chunk);
      chunk = [];
    }
    await send(chunk);
  } finally {
    await producer.close();
  }
}

function* exampleOrders(count: number, contactEvery: number): Generator<OutgoingRecord> {
  const { contact, ...anonymous } = exampleOrder('bench@example.com');
  for (let index = 0; index < count; index += 1) {
    const payload = {
      order_id: uuidv7(),
      amount_total: 4980,
      ...anonymous,
      ...(index % contactEvery === 0 ? { contact } : {}),
    };
    yield encodeRecord(orderCreated, newEvent(orderCreated, payload, { source: 'bench' }));
  }
}
