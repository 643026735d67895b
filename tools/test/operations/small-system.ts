import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { recordOf, newEvent, orderCreated, uuidv7, type OutgoingRecord } from '@orderstream/events';
import { eventually, spawnService, type SpawnedService } from '@orderstream/testing';
import pg from 'pg';
import { startMailbox, type RunningMailbox } from '../../src/mailbox/start-mailbox.ts';
import { freePorts, type DatabaseName, type Platform } from '../../src/platform/index.ts';
import { startSmsCatcher, type RunningSmsCatcher } from '../../src/sms/start-sms-catcher.ts';
import {
  builtFile,
  serviceEnvironment,
  SERVICES,
  serviceUrl,
  type ServiceDefinition,
} from '../../src/services/services.ts';
import { startFurnishedPlatform } from '../../src/test-run/prepared-platform.ts';

type ServiceName = ServiceDefinition['name'];

/** Some of the real services on a Kafka and PostgreSQL of the test's own; each can be stopped and started. */
export class SmallSystem {
  readonly platform: Platform;
  readonly mailbox: RunningMailbox;
  readonly sms: RunningSmsCatcher;
  readonly #dataDir: string;
  readonly #firstPort: number;
  readonly #running = new Map<ServiceName, SpawnedService>();

  private constructor(
    platform: Platform,
    { mailbox, sms }: Pick<SmallSystem, 'mailbox' | 'sms'>,
    dataDir: string,
    firstPort: number,
  ) {
    this.platform = platform;
    this.mailbox = mailbox;
    this.sms = sms;
    this.#dataDir = dataDir;
    this.#firstPort = firstPort;
  }

  static async start(...services: ServiceName[]): Promise<SmallSystem> {
    const ports = await freePorts(3 + SERVICES.length);
    const place = { kafkaPort: ports, postgresPort: ports + 2 };
    const { platform, dataDir } = await startFurnishedPlatform('operations', place);
    try {
      const mailbox = await startMailbox({ smtpPort: 0, httpPort: 0, dataDir: join(dataDir, 'mailbox') });
      const sms = await startSmsCatcher({ port: 0, dataDir: join(dataDir, 'sms') });
      const system = new SmallSystem(platform, { mailbox, sms }, dataDir, ports + 3);
      // The test's own producers and readers find their Kafka here.
      process.env['KAFKA_BROKERS'] = platform.kafkaBrokers;
      const started = await Promise.allSettled(services.map((name) => system.startService(name)));
      const failed = started.find((outcome) => outcome.status === 'rejected');
      if (failed === undefined) return system;
      // Those that did start would go on without it.
      await system.stopServices();
      throw failed.reason;
    } catch (error) {
      await platform.stop();
      throw error;
    }
  }

  /** What `npx orderstream` needs to know to work on this system. */
  get env(): NodeJS.ProcessEnv {
    return {
      KAFKA_BROKERS: this.platform.kafkaBrokers,
      DATABASE_URL: this.platform.databaseUrl('postgres'),
      MAILBOX_URL: this.mailbox.url,
      SMS_CATCHER_URL: this.sms.url,
    };
  }

  url(name: ServiceName): string {
    return serviceUrl(this.#definition(name));
  }

  pid(name: ServiceName): number {
    return (this.#running.get(name) as SpawnedService).pid;
  }

  async startService(name: ServiceName): Promise<void> {
    const env = serviceEnvironment(this.#definition(name), this.platform, {
      SMTP_URL: `smtp://127.0.0.1:${this.mailbox.smtpPort}`,
      SMS_GATEWAY_URL: this.sms.url,
    });
    const service = await spawnService({
      entry: builtFile(this.#definition(name), 'main.js'),
      env: Object.fromEntries(
        Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
      readyUrl: `${this.url(name)}/health/ready`,
      readyDeadlineMs: 60_000,
    });
    this.#running.set(name, service);
  }

  async stopService(name: ServiceName): Promise<void> {
    await this.#running.get(name)?.stop();
    this.#running.delete(name);
  }

  runs(name: ServiceName): boolean {
    return this.#running.has(name);
  }

  /** All that run. */
  async stopServices(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.stopService(name)));
  }

  /** As a crash would end it. */
  async killService(name: ServiceName): Promise<void> {
    await this.#running.get(name)?.kill();
    this.#running.delete(name);
  }

  async rows<Row extends object>(
    database: DatabaseName,
    text: string,
    values: unknown[] = [],
  ): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.platform.databaseUrl(database) });
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** The worker's database refuses these customers' orders from now on: each is a dead letter of the worker. */
  async refuseCustomer(customerId: string): Promise<void> {
    await this.rows(
      'worker',
      `ALTER TABLE worker.orders ADD CONSTRAINT refused CHECK (customer_id <> '${customerId}') NOT VALID`,
    );
  }

  /** What was wrong is mended. */
  async refuseNobody(): Promise<void> {
    await this.rows('worker', 'ALTER TABLE worker.orders DROP CONSTRAINT refused');
  }

  /** Resolves once the worker has given up so many records, counted by its own rows. */
  async untilGivenUp(count: number): Promise<void> {
    await eventually(
      async () => {
        const [row] = await this.rows<{ n: number }>(
          'worker',
          'SELECT count(*)::int AS n FROM worker.dead_letters',
        );
        expect(row?.n).toBe(count);
      },
      { deadlineMs: 60_000, intervalMs: 100 },
    );
  }

  /** Resolves once so many records are parked behind others that the worker gave up. */
  async untilParked(count: number): Promise<void> {
    await eventually(
      async () => {
        const [row] = await this.rows<{ n: number }>(
          'worker',
          "SELECT count(*)::int AS n FROM worker.dead_letters WHERE reason = 'parked-behind'",
        );
        expect(row?.n).toBe(count);
      },
      { deadlineMs: 15_000, intervalMs: 100 },
    );
  }

  async stop(): Promise<void> {
    await this.stopServices();
    await Promise.all([this.mailbox.stop(), this.sms.stop()]);
    await this.platform.stop();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  #definition(name: ServiceName): ServiceDefinition {
    const index = SERVICES.findIndex((service) => service.name === name);
    return { ...(SERVICES[index] as ServiceDefinition), port: this.#firstPort + index };
  }
}

/** An order as order-api would have put it on the topic. */
export function orderRecord(
  customerId: string,
  orderId = uuidv7(),
): OutgoingRecord & { readonly key: string } {
  const payload = {
    order_id: orderId,
    customer_id: customerId,
    currency: 'EUR' as const,
    amount_total: 450,
    items: [{ sku: 'tea', quantity: 1, unit_amount: 450 }],
    contact: { email: `${orderId}@example.com` },
  };
  return {
    ...recordOf('orders', orderId, newEvent(orderCreated, payload, { source: 'order-api' })),
    key: orderId,
  };
}
