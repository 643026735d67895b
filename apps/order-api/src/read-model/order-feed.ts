import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Stopping } from '@orderstream/service';
import { FeedEvents } from './feed-events.ts';
import { Followers, type Follower } from './followers.ts';

export const MAX_FOLLOWERS = Symbol('MAX_FOLLOWERS');

/** How often the database is asked for what other instances have projected: at first, and once an order has been followed for a while. */
const POLL_MS = 100;
const YOUNG_MS = 5_000;
const OLD_EVERY = 10;

/**
 * Tells whoever waits for an order what happens to it: right after the commit when this instance projects the order's partition,
 * else by one query for all followed orders together. Costs nothing while nobody waits.
 */
@Injectable()
export class OrderFeed implements OnModuleDestroy {
  readonly #logger = new Logger('OrderFeed');
  readonly #followers = new Followers();
  readonly #dirty = new Set<string>();
  readonly #stop = (): void => this.#followers.endAll();
  #pumping = false;
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;
  #isFailing = false;

  constructor(
    @Inject(FeedEvents) private readonly events: FeedEvents,
    @Inject(Stopping) private readonly stopping: Stopping,
    @Inject(MAX_FOLLOWERS) private readonly maxFollowers: number,
  ) {
    stopping.signal.addEventListener('abort', this.#stop);
  }

  onModuleDestroy(): void {
    this.stopping.signal.removeEventListener('abort', this.#stop);
    this.#followers.endAll();
    clearInterval(this.#timer);
  }

  /** Begins to follow an order. Returns how to stop; undefined when too many follow already, or the service stops. */
  follow(wanted: Omit<Follower, 'sinceMs'>): (() => void) | undefined {
    if (this.stopping.signal.aborted || this.#followers.count >= this.maxFollowers) return undefined;
    const follower: Follower = { ...wanted, sinceMs: Date.now() };
    this.#followers.add(follower);
    this.#timer ??= setInterval(() => this.#poll(), POLL_MS);
    this.changed([follower.orderId]);
    return () => this.#followers.remove(follower);
  }

  /** Something was committed for these orders. */
  changed(orderIds: readonly string[]): void {
    if (this.#followers.count === 0) return;
    for (const orderId of orderIds) if (this.#followers.has(orderId)) this.#dirty.add(orderId);
    if (this.#pumping || this.#dirty.size === 0) return;
    this.#pumping = true;
    // After this turn of the event loop: those who came together are served by one query.
    setImmediate(() => void this.#pump());
  }

  #poll(): void {
    if (this.#followers.count === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    this.#turn += 1;
    const sinceMs = this.#turn % OLD_EVERY === 0 ? 0 : Date.now() - YOUNG_MS;
    this.changed(this.#followers.orderIds(sinceMs));
  }

  async #pump(): Promise<void> {
    while (this.#dirty.size > 0) {
      const wanted = this.#followers.positions(this.#dirty);
      this.#dirty.clear();
      try {
        this.#followers.dispatch(wanted, await this.events.after(wanted));
        this.#isFailing = false;
      } catch (error) {
        // The next poll asks again; whoever waits has a deadline of its own.
        if (!this.#isFailing) this.#logger.warn({ message: 'followed orders cannot be read', err: error });
        this.#isFailing = true;
      }
    }
    this.#pumping = false;
  }
}
