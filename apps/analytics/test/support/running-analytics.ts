import { join } from 'node:path';
import { EventProducer, orders, partitionOf, recordOf } from '@orderstream/events';
import { eventually, freePort, kafkaBrokers, spawnService, type SpawnedService } from '@orderstream/testing';
import type { OrderEvent } from '../../src/orders/order-fact.ts';
import { TestOrder } from './order-events.ts';
import { Warehouse } from './warehouse.ts';

/** Analytics as deployed, on a database of this test's own. The topic is the real one: look only at your own orders. */
export class RunningAnalytics {
  readonly warehouse: Warehouse;
  readonly url: string;
  readonly #port: number;
  readonly #producer = new EventProducer({ clientId: 'test', brokers: kafkaBrokers() });
  #service: SpawnedService | undefined;

  static async prepare(): Promise<RunningAnalytics> {
    return new RunningAnalytics(await Warehouse.open(), await freePort());
  }

  private constructor(warehouse: Warehouse, port: number) {
    this.warehouse = warehouse;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Does nothing when it runs already. */
  async start(): Promise<void> {
    this.#service ??= await this.#spawn();
  }

  #spawn(): Promise<SpawnedService> {
    return spawnService({
      entry: join(import.meta.dirname, '../../dist/main.js'),
      env: {
        PORT: String(this.#port),
        KAFKA_BROKERS: kafkaBrokers().join(','),
        DATABASE_URL: this.warehouse.database.url,
        NODE_ENV: 'production',
      },
      readyUrl: `${this.url}/health/ready`,
    });
  }

  /** As a crash would end it. */
  async kill(): Promise<void> {
    await this.#service?.kill();
    this.#service = undefined;
  }

  /** It neither answers nor hangs up. */
  freeze(): void {
    if (this.#service !== undefined) process.kill(this.#service.pid, 'SIGSTOP');
  }

  thaw(): void {
    if (this.#service !== undefined) process.kill(this.#service.pid, 'SIGCONT');
  }

  /** As an orchestrator ends it. @returns its exit code */
  async stop(): Promise<number | null | undefined> {
    const exit = await this.#service?.stop();
    this.#service = undefined;
    return exit?.code;
  }

  /** Puts events on their topic as order-api and the worker do. */
  async publish(...events: OrderEvent[]): Promise<void> {
    const records = events.map((event) => recordOf(orders.name, event.payload.order_id, event));
    for (const outcome of await this.#producer.sendAll(records)) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
  }

  /** Waits until everything that is on the topic by now is in the warehouse: a new database begins at the log's beginning. */
  async catchUp(): Promise<void> {
    const lastOf = new Map<number, TestOrder>();
    while (lastOf.size < orders.partitions) {
      const order = new TestOrder();
      lastOf.set(partitionOf(order.id, orders.partitions), order);
    }
    const markers = [...lastOf.values()];
    await this.publish(...markers.map((order) => order.created()));
    await eventually(
      async () => {
        const arrived = await this.warehouse.rows(
          'SELECT order_id FROM warehouse.orders WHERE order_id = ANY ($1::uuid[])',
          [markers.map(({ id }) => id)],
        );
        return arrived.length === markers.length;
      },
      { deadlineMs: 90_000 },
    );
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#producer.close();
    await this.warehouse.close();
  }
}
