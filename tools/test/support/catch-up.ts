import { setTimeout as sleep } from 'node:timers/promises';
import { createKafka, orders } from '@orderstream/events';
import type { Admin } from 'kafkajs';
import pg from 'pg';
import { SERVICES } from '../../src/services/services.ts';
import type { ServiceName, WholeSystem } from './whole-system.ts';

/** How far everything is at one moment. */
export interface HowFar {
  /** Records on the topic `orders`. */
  readonly logEnd: number;
  /** How many of them are behind each group. */
  readonly handled: ReadonlyMap<string, number>;
  readonly outboxPending: number;
  readonly mailsPending: number;
}

/** Every group that reads `orders`, and the service whose database knows where it stands. */
const GROUPS = [
  ...SERVICES.map(({ name, database }) => ({ group: name, service: name, database })),
  { group: 'fraud', service: 'analytics', database: 'analytics' },
] as const;

const LOOK_MS = 250;

/** Watches how far the services are behind the topic `orders`. */
export class CatchUp {
  readonly #admin: Admin;
  readonly #databases: ReadonlyMap<ServiceName, pg.Client>;

  private constructor(admin: Admin, databases: ReadonlyMap<ServiceName, pg.Client>) {
    this.#admin = admin;
    this.#databases = databases;
  }

  static async watch({ kafka, platform }: WholeSystem): Promise<CatchUp> {
    const admin = createKafka(kafka).admin();
    const databases = new Map(
      SERVICES.map(({ name, database }) => [
        name,
        new pg.Client({ connectionString: platform.databaseUrl(database) }),
      ]),
    );
    await Promise.all([admin.connect(), ...[...databases.values()].map((client) => client.connect())]);
    return new CatchUp(admin, databases);
  }

  async close(): Promise<void> {
    await Promise.all([
      this.#admin.disconnect(),
      ...[...this.#databases.values()].map((client) => client.end()),
    ]);
  }

  /** Records on the topic `orders`. */
  async logEnd(): Promise<number> {
    const offsets = await this.#admin.fetchTopicOffsets(orders.name);
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  }

  async now(): Promise<HowFar> {
    const handled = await Promise.all(GROUPS.map(async (of) => [of.group, await this.#handled(of)] as const));
    const outboxPending = await this.#number(
      'worker',
      'SELECT coalesce(sum(record_count), 0) AS n FROM worker.outbox',
    );
    const mailsPending = await this.#mailsPending();
    return { logEnd: await this.logEnd(), handled: new Map(handled), outboxPending, mailsPending };
  }

  /**
   * Resolves once every group has handled all there is and nothing more can come of it.
   * @param onLook told of each look that is taken meanwhile
   * @throws Error that says who is where, when `deadlineMs` has passed
   */
  async untilDone(deadlineMs: number, onLook: (howFar: HowFar) => void = () => undefined): Promise<void> {
    const endMs = Date.now() + deadlineMs;
    for (;;) {
      // Before the others: what the worker emits while we look shows as a log that has grown.
      const logEnd = await this.logEnd();
      const howFar = await this.now();
      onLook(howFar);
      if (howFar.logEnd === logEnd && howFar.outboxPending === 0 && isAt(howFar, logEnd)) return;
      if (Date.now() > endMs) throw new Error(`not done after ${deadlineMs / 1000} s: ${howFarText(howFar)}`);
      await sleep(LOOK_MS);
    }
  }

  /** Resolves once no mail waits to be sent. @throws Error when `deadlineMs` has passed */
  async untilMailed(deadlineMs: number): Promise<void> {
    const endMs = Date.now() + deadlineMs;
    for (;;) {
      const mailsPending = await this.#mailsPending();
      if (mailsPending === 0) return;
      if (Date.now() > endMs)
        throw new Error(`${mailsPending} mails still wait after ${deadlineMs / 1000} s`);
      await sleep(LOOK_MS);
    }
  }

  #mailsPending(): Promise<number> {
    return this.#number(
      'notifier',
      "SELECT count(*) AS n FROM notifier.notifications WHERE state IN ('queued', 'sending')",
    );
  }

  #handled({ group, service, database }: (typeof GROUPS)[number]): Promise<number> {
    return this.#number(
      service,
      `SELECT coalesce(sum(next_offset), 0) AS n FROM ${database}.consumer_positions
        WHERE consumer_group = '${group}' AND topic = '${orders.name}'`,
    );
  }

  async #number(service: ServiceName, text: string): Promise<number> {
    const client = this.#databases.get(service) as pg.Client;
    return Number((await client.query<{ n: string }>(text)).rows[0]?.n);
  }
}

export function howFarText({ logEnd, handled, outboxPending, mailsPending }: HowFar): string {
  const groups = [...handled].map(([name, count]) => `${name} ${count}`).join(', ');
  return `${logEnd} records; handled: ${groups}; ${outboxPending} in the outbox, ${mailsPending} mails wait`;
}

function isAt({ handled }: HowFar, logEnd: number): boolean {
  return [...handled.values()].every((count) => count === logEnd);
}
