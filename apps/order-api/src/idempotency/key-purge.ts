import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { KeyStore } from './key-store.ts';

export const KEY_RETENTION_MS = Symbol('KEY_RETENTION_MS');

const PERIOD_MS = 60_000;
/** Rows a step: a few ms of the database's time, then a pause for everybody else. */
const STEP_ROWS = 500;
const PAUSE_MS = 50;

/** Forgets keys once they are old enough, in small steps. On every instance: rows that one of them deletes are skipped by the others. */
@Injectable()
export class KeyPurge implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger('Idempotency');
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(
    @Inject(KeyStore) private readonly store: KeyStore,
    @Inject(KEY_RETENTION_MS) private readonly retentionMs: number,
  ) {}

  onApplicationBootstrap(): void {
    this.#schedule();
  }

  onModuleDestroy(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Forgets everything that is old enough by now. */
  async purge(): Promise<void> {
    while ((await this.store.purge(this.retentionMs, STEP_ROWS)) === STEP_ROWS && !this.#isStopped) {
      await sleep(PAUSE_MS);
    }
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.purge()
        .catch((error: unknown) =>
          this.#logger.warn({ message: 'old keys could not be forgotten; trying again later', err: error }),
        )
        .finally(() => this.#schedule());
    }, PERIOD_MS).unref();
  }
}
