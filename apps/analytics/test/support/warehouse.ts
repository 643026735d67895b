import { received, type Envelope, type ReceivedEvent, type Run } from '@orderstream/events';
import { eventually, testDatabase, type TestDatabase } from '@orderstream/testing';
import {
  Database,
  migrate,
  Outbox,
  OutboxBell,
  PostgresEffects,
  type Transaction,
} from '@orderstream/transactional';
import { migrations } from '#migrations';
import type { OrderEvent } from '../../src/orders/order-fact.ts';
import { OrderFactStore } from '../../src/orders/order-fact-store.ts';
import { ProjectOrders } from '../../src/orders/project-orders.ts';
import type { PaymentEvent } from '../../src/payments/payment-fact.ts';
import { PaymentFactStore } from '../../src/payments/payment-fact-store.ts';
import { ProjectPayments } from '../../src/payments/project-payments.ts';
import { ProjectUsers } from '../../src/users/project-users.ts';
import type { UserRegistered } from '../../src/users/user-row.rules.ts';
import { UserStore } from '../../src/users/user-store.ts';
import { WarehouseNews } from '../../src/warehouse/warehouse-news.ts';
import { ProjectWebEvents } from '../../src/web-events/project-web-events.ts';
import type { WebEvent } from '../../src/web-events/web-event-row.rules.ts';
import { WebEventStore } from '../../src/web-events/web-event-store.ts';

/** A migrated warehouse that belongs to one test file, and the projection as an instance of the service runs it. */
export class Warehouse {
  readonly database: TestDatabase;
  readonly #connections: Database[] = [];
  #nextPartition = 0;

  static async open(): Promise<Warehouse> {
    const database = await testDatabase();
    await migrate({ url: database.url, schema: 'analytics', migrations });
    return new Warehouse(database);
  }

  private constructor(database: TestDatabase) {
    this.database = database;
  }

  /** As after the migrations. */
  async empty(): Promise<void> {
    await this.rows(
      `TRUNCATE warehouse.orders, warehouse.order_items, warehouse.revenue_per_minute, warehouse.product_sales, warehouse.payments,
         warehouse.payments_per_minute, warehouse.users, warehouse.web_events, warehouse.sessions, warehouse.funnel_per_minute,
         warehouse.web_events_per_minute, warehouse.product_interest, analytics.consumer_positions`,
    );
  }

  /** A fresh process' view of the database. */
  connect(): Database {
    const connection = new Database({ service: 'analytics', schema: 'analytics', url: this.database.url });
    this.#connections.push(connection);
    return connection;
  }

  /** Another partition of `orders` that nothing was consumed of yet. */
  partition(connection: Database = this.connect()): Partition {
    const orders = new ProjectOrders(new OrderFactStore(), new WarehouseNews());
    return this.#partition(connection, {
      topic: 'orders',
      apply: (events: OrderEvent[], tx) => orders.apply(events, tx),
    });
  }

  payments(): Partition<PaymentEvent> {
    const payments = new ProjectPayments(new PaymentFactStore(), new WarehouseNews());
    return this.#partition(this.connect(), {
      topic: 'payments',
      apply: (events: PaymentEvent[], tx) => payments.apply(events, tx),
    });
  }

  users(): Partition<UserRegistered> {
    const users = new ProjectUsers(new UserStore(), new WarehouseNews());
    return this.#partition(this.connect(), {
      topic: 'users',
      apply: (events: UserRegistered[], tx) => users.apply(events, tx),
    });
  }

  webEvents(): Partition<WebEvent> {
    const webEvents = new ProjectWebEvents(new WebEventStore(), new WarehouseNews());
    return this.#partition(this.connect(), {
      topic: 'web-events',
      apply: (events: WebEvent[], tx) => webEvents.apply(events, tx),
    });
  }

  #partition<Event extends Envelope>(connection: Database, projection: Projection<Event>): Partition<Event> {
    return new Partition(connection, this.#nextPartition++, projection);
  }

  rows<Row extends object>(text: string, params?: unknown[]): Promise<Row[]> {
    return this.database.query<Row>(text, params);
  }

  /** Resolves once so many connections to this database wait for a lock. */
  async untilWaiting(count: number): Promise<void> {
    await eventually(async () => {
      const [row] = await this.rows<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      expect(row?.n).toBe(count);
    });
  }

  /** The rollup as it is, and as it would be if it were counted anew out of the orders. */
  async rollups(): Promise<{ kept: object[]; counted: object[] }> {
    const [kept, counted] = await Promise.all([
      this.rows('SELECT * FROM warehouse.revenue_per_minute ORDER BY minute, currency'),
      this.rows(COUNTED),
    ]);
    return { kept, counted };
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
    await this.database.drop();
  }
}

/** A projection of the service, and the topic it reads. */
interface Projection<Event extends Envelope> {
  readonly topic: string;
  apply(events: Event[], tx: Transaction): Promise<void>;
}

/** One partition being consumed. */
export class Partition<Event extends Envelope = OrderEvent> {
  readonly #effects: PostgresEffects;
  readonly #projection: Projection<Event>;
  readonly #at: { group: string; topic: string; partition: number };
  #offset = 0;

  constructor(connection: Database, partition: number, projection: Projection<Event>) {
    this.#effects = new PostgresEffects(connection, new Outbox('analytics', new OutboxBell(connection)));
    this.#projection = projection;
    this.#at = { group: 'analytics', topic: projection.topic, partition };
  }

  /** Consumes these events as the partition's next records, in one batch. */
  async consume(...events: Event[]): Promise<void> {
    const run = this.next(events);
    await this.apply(run);
  }

  /** The run that the events would be if they were the partition's next records. */
  next(events: readonly Event[]): Run {
    const firstOffset = this.#offset;
    this.#offset += events.length;
    return {
      ...this.#at,
      firstOffset,
      nextOffset: this.#offset,
      events: events.map((event, index) =>
        received({ ...event }, { offset: firstOffset + index, traceparent: undefined }),
      ),
    };
  }

  async apply(run: Run): Promise<string> {
    const handle = (events: ReceivedEvent[], tx: unknown): Promise<void> =>
      this.#projection.apply(events as never, tx as never);
    return (await this.#effects.apply(run, handle)).kind;
  }
}

const STEPS = ['created', 'confirmed', 'rejected', 'paid', 'cancelled'] as const;

const COUNTED = `
  SELECT minute, currency,
    ${STEPS.map((step) => `count(*) FILTER (WHERE step = '${step}') AS orders_${step}`).join()},
    ${STEPS.map((step) => `coalesce(sum(amount_total) FILTER (WHERE step = '${step}'), 0) AS amount_${step}`).join()}
  FROM (
    ${STEPS.map(
      (step) =>
        `SELECT '${step}' AS step, date_trunc('minute', ${step}_at) AS minute, currency, amount_total FROM warehouse.orders WHERE ${step}_at IS NOT NULL`,
    ).join(' UNION ALL ')}
  ) AS steps GROUP BY 1, 2 ORDER BY 1, 2`;
