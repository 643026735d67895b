import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { notificationsOpen, queueAgeSeconds } from '../metrics.ts';
import { NotificationLedger } from './notification-ledger.ts';

/** A count over the whole queue: cheap by its index, but not for every scrape. */
const PERIOD_MS = 10_000;

/** Keeps the gauges of the ledger up to date. While the database is away they stand still. */
@Injectable()
export class QueueGauges implements OnApplicationBootstrap, OnModuleDestroy {
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(@Inject(NotificationLedger) private readonly ledger: NotificationLedger) {}

  onApplicationBootstrap(): void {
    void this.#look();
    this.#timer = setInterval(() => void this.#look(), PERIOD_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const open = await this.ledger.open();
      notificationsOpen.reset();
      queueAgeSeconds.reset();
      for (const { channel, state, count, oldest_due_seconds } of open) {
        notificationsOpen.set({ channel, state }, count);
        if (state === 'queued') queueAgeSeconds.set({ channel }, oldest_due_seconds);
      }
    } catch {
      // The readiness of the database says it already.
    } finally {
      this.#isLooking = false;
    }
  }
}
