import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { WebEventDays } from './web-event-days.ts';

export const WEB_EVENT_RETENTION_MS = Symbol('WEB_EVENT_RETENTION_MS');

const PERIOD_MS = 60 * 60 * 1000;
/** Somebody reads the table for longer than we wait, or the database is away. */
const RETRY_MS = 60_000;
const PAUSE_MS = 50;

/** Keeps a partition ready for each coming day, and drops what is older than the retention. On every instance; one at a time does it. */
@Injectable()
export class DayKeeper implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger('WebEvents');
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(
    @Inject(WebEventDays) private readonly days: WebEventDays,
    @Inject(WEB_EVENT_RETENTION_MS) private readonly retentionMs: number,
  ) {}

  onApplicationBootstrap(): void {
    this.#schedule(0);
  }

  onModuleDestroy(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Brings the partitions up to date. @throws TransientError when the database is away, or busy for too long */
  async keep(nowMs: number): Promise<void> {
    const added = await this.days.add(nowMs);
    if (added.length > 0) this.#logger.log({ message: 'web events have room for more days', days: added });
    const dropped = await this.days.drop(nowMs - this.retentionMs);
    if (dropped.length > 0)
      this.#logger.log({ message: 'web events past their retention were dropped', days: dropped });
    while (!(await this.days.purge(nowMs - this.retentionMs)) && !this.#isStopped) await sleep(PAUSE_MS);
  }

  #schedule(inMs: number): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.keep(Date.now()).then(
        () => this.#schedule(PERIOD_MS),
        (error: unknown) => {
          this.#logger.warn({
            message: 'the days of web events could not be kept; trying again later',
            err: error,
          });
          this.#schedule(RETRY_MS);
        },
      );
    }, inMs).unref();
  }
}
