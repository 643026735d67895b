import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database } from '@orderstream/transactional';
import { FRAUD_SETTINGS, type FraudSettings } from './fraud-settings.ts';

const PERIOD_MS = 60 * 60 * 1000;
const ROWS = 5_000;
const PAUSE_MS = 50;

/** Each with the column that says when it happened. */
const TABLES = [
  ['fraud_marks', 'happened_at'],
  ['fraud_orders', 'created_at'],
  ['fraud_failed_payments', 'failed_at'],
] as const;

/** Forgets what no rule looks at any more, once an hour, a few rows at a time. On every instance: what another one takes is skipped. */
@Injectable()
export class FraudPurge implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger('Fraud');
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(FRAUD_SETTINGS) private readonly settings: FraudSettings,
  ) {}

  onApplicationBootstrap(): void {
    this.#running = this.#run();
  }

  async onModuleDestroy(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** @returns how many rows went. @throws TransientError when the database is away */
  async purge(nowMs: number): Promise<number> {
    const before = new Date(nowMs - this.settings.retentionMs);
    let purged = 0;
    for (const [table, column] of TABLES) {
      for (let taken = ROWS; taken === ROWS && !this.#stopping.signal.aborted;) {
        ({ rowCount: taken } = await this.database.query(
          `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
             SELECT ctid FROM ${table} WHERE ${column} < $1 LIMIT ${ROWS} FOR UPDATE SKIP LOCKED))`,
          [before],
        ));
        purged += taken;
        if (taken === ROWS) await this.#pause(PAUSE_MS);
      }
    }
    return purged;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#pause(PERIOD_MS);
      if (this.#stopping.signal.aborted) return;
      await this.purge(Date.now()).catch((error: unknown) =>
        this.#logger.warn({ message: 'what is past its retention could not be purged', err: error }),
      );
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined);
  }
}
