import { randomUUID } from 'node:crypto';
import type { orderConfirmed } from '@orderstream/events';
import {
  newEvent,
  orderCreated,
  received,
  uuidv7,
  type EventOf,
  type PayloadOf,
  type ReceivedEvent,
  type Run,
} from '@orderstream/events';
import { testDatabase, type TestDatabase } from '@orderstream/testing';
import { Database, migrate, Outbox, OutboxBell, PostgresEffects } from '../src/index.ts';

/** Where the tests' service keeps its tables. */
export const SCHEMA = 'shop';

/** A migrated database of one test file, and what is needed to look at it. */
export interface Shop {
  readonly server: TestDatabase;
  /** A Database as another instance of the service would have it; closed with the shop. */
  connect(service?: string, url?: string): Database;
  /** The store of an instance that has `database`. */
  effects(database: Database): PostgresEffects;
  rows<Row extends object>(text: string, params?: unknown[]): Promise<Row[]>;
  /** Has `end` called before the database goes, also when the test fails. */
  onClose(end: () => Promise<void>): void;
  close(): Promise<void>;
}

export async function openShop(): Promise<Shop> {
  const server = await testDatabase();
  await migrate({ url: server.url, schema: SCHEMA, migrations: [] });
  await server.query(
    `CREATE TABLE ${SCHEMA}.effects (id bigint GENERATED ALWAYS AS IDENTITY, note text UNIQUE NOT NULL)`,
  );
  const ends: (() => Promise<void>)[] = [];
  return {
    server,
    connect: (service = 'shop', url = server.url) => {
      const database = new Database({ service, schema: SCHEMA, url, poolSize: 4 });
      ends.unshift(() => database.close());
      return database;
    },
    effects: (database) => new PostgresEffects(database, new Outbox('shop', new OutboxBell(database))),
    rows: (text, params) => server.query(text, params),
    onClose: (end) => void ends.unshift(end),
    close: async () => {
      for (const end of ends) await end();
      await server.drop();
    },
  };
}

/** A partition that no other test uses. */
export function newPartition() {
  return { group: 'worker', topic: `t-${randomUUID()}`, partition: 0 };
}

/** The next offset of a partition, as the store says it; undefined when the group never handled anything of it. */
export async function positionIn(
  effects: PostgresEffects,
  { group, topic, partition }: ReturnType<typeof newPartition>,
): Promise<number | undefined> {
  const rows = await effects.readPositions(group, [topic]);
  return rows.find((row) => row.partition === partition)?.nextOffset;
}

/** An order.created as it would arrive at `offset`. */
export function orderCreatedAt(
  offset: number,
  traceparent?: string,
  orderId: string = uuidv7(),
): ReceivedEvent<EventOf<typeof orderCreated>> {
  const payload: PayloadOf<typeof orderCreated> = {
    order_id: orderId,
    customer_id: 'c-1',
    currency: 'EUR',
    amount_total: 250,
    items: [{ sku: 'sku-1', quantity: 1, unit_amount: 250 }],
  };
  return received(newEvent(orderCreated, payload, { source: 'order-api' }), {
    offset,
    traceparent,
    key: Buffer.from(orderId),
  });
}

/** A run over these offsets, one event each, that follows on `firstOffset`. */
export function runOf(
  partition: ReturnType<typeof newPartition>,
  offsets: readonly number[],
  bounds: { firstOffset?: number; nextOffset?: number } = {},
): Run {
  const firstOffset = bounds.firstOffset ?? offsets[0] ?? 0;
  const nextOffset = bounds.nextOffset ?? (offsets.at(-1) ?? firstOffset) + 1;
  return { ...partition, firstOffset, nextOffset, events: offsets.map((offset) => orderCreatedAt(offset)) };
}

/** What a handler says when an order was confirmed. */
export function confirmation(orderId: string = uuidv7(), itemCount = 1): PayloadOf<typeof orderConfirmed> {
  return {
    order_id: orderId,
    customer_id: 'c-1',
    currency: 'EUR',
    amount_total: 250,
    item_count: itemCount,
  };
}
