import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Database } from '@orderstream/transactional';
import { GroupWatch } from './group-watch.ts';

/** How often an instance that does not watch tries to become the one that does. */
const STANDBY_MS = 5_000;
/** A look under way gets so long to end; while Kafka is away it would take longer, and loses nothing. */
const GOODBYE_MS = 2_000;
const TRY_LOCK = {
  name: 'group-watch-lock',
  text: "SELECT pg_try_advisory_lock(hashtextextended('analytics.group-watch', 0)) AS locked",
};

/** Has exactly one instance watch the groups: the one that holds an advisory lock, on a connection of its own. */
@Injectable()
export class Leadership implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger('Lag');
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(GroupWatch) private readonly watch: GroupWatch,
  ) {}

  onApplicationBootstrap(): void {
    this.#running = this.#run();
  }

  async onModuleDestroy(): Promise<void> {
    this.#stopping.abort();
    await Promise.race([this.#running, sleep(GOODBYE_MS, undefined, { ref: false })]);
  }

  /** One session after the other: each ends with the stop, or with its connection. */
  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      // Away: health and the relay say so already.
      await this.#session(signal).catch((error: unknown) =>
        this.#logger.debug({ message: 'no session to watch with', err: error }),
      );
      await sleep(STANDBY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #session(stopping: AbortSignal): Promise<void> {
    const { connection, end } = await this.database.openLivelySession();
    const lost = new AbortController();
    void connection.lost.then(() => lost.abort());
    try {
      const { rows } = await connection.query<{ locked: boolean }>(TRY_LOCK);
      if (rows[0]?.locked !== true) return;
      this.#logger.log('this instance watches the consumer groups');
      await this.watch.until(AbortSignal.any([stopping, lost.signal]));
    } finally {
      await end();
    }
  }
}
