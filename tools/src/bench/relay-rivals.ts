import {
  encodeRecord,
  newEvent,
  orderConfirmed,
  orders,
  partitionOf,
  uuidv7,
  type OutgoingRecord,
} from '@orderstream/events';
import { Logger } from '@nestjs/common';
import { ClientKafka } from '@nestjs/microservices';
import { Kafka, Partitioners } from 'kafkajs';
import pg from 'pg';
import { firstValueFrom } from 'rxjs';
import type { BenchContext } from './bench-context.ts';
import type { Round } from './figures.ts';

const STOCK_MS = 5_000;
const STOCK_ROWS = 10_000;
const BATCH = 500;

function confirmedRecord(): OutgoingRecord {
  const payload = {
    order_id: uuidv7(),
    customer_id: 'ada',
    currency: 'EUR',
    amount_total: 4980,
    item_count: 2,
    contact: { email: 'bench@example.com' },
  };
  return encodeRecord(orderConfirmed, newEvent(orderConfirmed, payload, { source: 'bench' }));
}

/** The relay that most write first: take the oldest row, emit it through Nest's client, delete it. */
export async function stockRelay({ bench }: BenchContext): Promise<Round> {
  // Nest writes its warnings where the figures go.
  Logger.overrideLogger(['error']);
  const client = new ClientKafka({
    client: { clientId: 'stock', brokers: [...bench.kafka.brokers] },
    producerOnlyMode: true,
    send: { acks: -1 },
  });
  const database = new pg.Client({
    connectionString: bench.platform.databaseUrl('postgres').replace(/\/postgres$/, '/stock'),
  });
  await Promise.all([client.connect(), database.connect()]);
  try {
    await database.query(
      'CREATE TABLE stock_outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text, value text)',
    );
    const { key, value } = confirmedRecord();
    await database.query(
      'INSERT INTO stock_outbox (key, value) SELECT $1, $2 FROM generate_series(1, $3::int)',
      [key, value, STOCK_ROWS],
    );
    const startedMs = performance.now();
    let published = 0;
    for (; published < STOCK_ROWS && performance.now() - startedMs < STOCK_MS; published += 1) {
      const { rows } = await database.query<{ id: string; key: string; value: string }>(
        'SELECT id, key, value FROM stock_outbox ORDER BY id LIMIT 1',
      );
      const row = rows[0] as { id: string; key: string; value: string };
      await firstValueFrom(client.emit(orders.name, { key: row.key, value: row.value }));
      await database.query('DELETE FROM stock_outbox WHERE id = $1', [row.id]);
    }
    const seconds = (performance.now() - startedMs) / 1000;
    await database.query('DROP TABLE stock_outbox');
    return { figure: published / seconds };
  } finally {
    await client.close();
    await database.end();
  }
}

/** What kafkajs can send at all: prepared records, 500 a request, partitions explicit. */
export async function relayLimit({ bench, events }: BenchContext): Promise<Round> {
  const producer = new Kafka({ clientId: 'limit', brokers: [...bench.kafka.brokers] }).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  try {
    const batches = Array.from({ length: Math.floor(events / BATCH) }, () =>
      Array.from({ length: BATCH }, () => {
        const { key, value, headers } = confirmedRecord();
        return {
          key: key as string,
          value: value as string,
          headers: headers as Record<string, string>,
          partition: partitionOf(key as string, orders.partitions),
        };
      }),
    );
    const startedMs = performance.now();
    for (const messages of batches) await producer.send({ topic: orders.name, acks: -1, messages });
    return { figure: (batches.length * BATCH) / ((performance.now() - startedMs) / 1000) };
  } finally {
    await producer.disconnect();
  }
}
