import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { exportLag, groupTopics, LagReader, LagWindow } from '@orderstream/events';
import { Database } from '@orderstream/transactional';
import { LAG_SETTINGS, type LagSettings } from './lag-settings.ts';
import { LagStore } from './lag-store.ts';

const CHECKS_PER_WINDOW = 12;
/** How often an instance that does not watch tries to become the one that does. */
const STANDBY_MS = 5_000;
const TRY_LOCK = {
  name: 'lag-monitor-lock',
  text: "SELECT pg_try_advisory_lock(hashtextextended('analytics.lag-monitor', 0)) AS locked",
};

/**
 * Watches every consumer group of the platform, from exactly one instance: the one that holds an advisory lock on a connection of its
 * own. It reads offsets and is in no group, so no consumer hears of it. While Kafka is away nothing is judged.
 */
@Injectable()
export class LagMonitor implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger('Lag');
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #isTroubled = false;

  constructor(
    @Inject(LAG_SETTINGS) private readonly settings: LagSettings,
    @Inject(Database) private readonly database: Database,
    @Inject(LagStore) private readonly store: LagStore,
  ) {}

  onApplicationBootstrap(): void {
    this.#running = this.#run();
  }

  async onModuleDestroy(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** One session after the other: each ends with the stop, or with its connection. */
  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#session().catch((error: unknown) => this.#trouble(error));
      await this.#wait(STANDBY_MS);
    }
  }

  async #session(): Promise<void> {
    const { connection, end } = await this.database.openSession();
    try {
      let isLost = false;
      void connection.lost.then(() => (isLost = true));
      const { rows } = await connection.query<{ locked: boolean }>(TRY_LOCK);
      if (rows[0]?.locked !== true) return;
      await this.#watch(() => isLost || this.#stopping.signal.aborted);
    } finally {
      exportLag([]);
      await end();
    }
  }

  async #watch(isOver: () => boolean): Promise<void> {
    const { windowMs, kafka } = this.settings;
    const window = new LagWindow(windowMs);
    let reader: LagReader | undefined;
    try {
      while (!isOver()) {
        try {
          reader ??= await LagReader.open(kafka);
          await this.#check(reader, window);
          this.#isTroubled = false;
        } catch (error) {
          this.#trouble(error);
          await reader?.close();
          reader = undefined;
        }
        await this.#wait(windowMs / CHECKS_PER_WINDOW);
      }
    } finally {
      await reader?.close();
    }
  }

  async #check(reader: LagReader, window: LagWindow): Promise<void> {
    const statuses = window.add(await reader.read(groupTopics), Date.now());
    exportLag(statuses);
    await this.store.save(statuses, this.settings.allowed);
  }

  /** An outage is said once. */
  #trouble(error: unknown): void {
    if (this.#isTroubled || this.#stopping.signal.aborted) return;
    this.#isTroubled = true;
    this.#logger.warn({ message: 'consumer lag cannot be watched at the moment', err: error });
  }

  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}
