import { Inject, Injectable } from '@nestjs/common';
import { isUuidv7, uuidv7TimeMs } from '@orderstream/events';
import type { StoredEvent } from './feed-events.ts';
import { LateOrders } from './late-orders.ts';
import { OrderFeed } from './order-feed.ts';
import { unavailable } from './unavailable.ts';

/** How a wait ended. `refused`: too many wait already, or the service stops. */
export type WaitOutcome = 'seen' | 'timeout' | 'gone' | 'refused';

/** An order accepted within the last so many ms may not have been projected yet; its id says when that was, or LateOrders. */
const FRESH_MS = 10_000;
/** How long such an order is waited for. */
export const FRESH_WAIT_MS = 2_000;

/** Lets a request wait for something that happens to an order. */
@Injectable()
export class OrderWaits {
  constructor(
    @Inject(OrderFeed) private readonly feed: OrderFeed,
    @Inject(LateOrders) private readonly lateOrders: LateOrders,
  ) {}

  /** Resolves once an event of the order fits, in the past or the future; `signal` says that the caller has gone. */
  until(
    orderId: string,
    fits: (event: StoredEvent) => boolean,
    { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
  ): Promise<WaitOutcome> {
    if (signal.aborted) return Promise.resolve('gone');
    return new Promise((resolve) => {
      const end = (outcome: WaitOutcome): void => {
        unfollow?.();
        clearTimeout(timer);
        signal.removeEventListener('abort', gone);
        resolve(outcome);
      };
      const gone = (): void => end('gone');
      const timer = setTimeout(() => end('timeout'), timeoutMs);
      signal.addEventListener('abort', gone, { once: true });
      const unfollow = this.feed.follow({
        orderId,
        seen: 0,
        onEvents: (events) => !events.some(fits),
        onEnd: (why) => end(why === 'done' ? 'seen' : 'refused'),
      });
      if (unfollow === undefined) end('refused');
    });
  }

  /**
   * Reads an order, and waits briefly for one that was accepted a moment ago instead of denying it.
   * @param read answers undefined when the order is not there
   * @throws Problem 503 when it should have waited and cannot, or the database is away
   */
  async read<T>(
    orderId: string,
    read: () => Promise<T | undefined>,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    if (!isUuidv7(orderId)) return undefined;
    const found = await read();
    if (found !== undefined) return found;
    if (!isFresh(orderId, Date.now()) && !(await this.lateOrders.has(orderId))) return undefined;
    const outcome = await this.until(orderId, isCreation, { timeoutMs: FRESH_WAIT_MS, signal });
    if (outcome === 'refused') throw unavailable('Too many requests are waiting for orders.');
    return read();
  }
}

/** Clocks differ: an id from a little ahead of ours is fresh, one from next year is made up. */
export function isFresh(orderId: string, nowMs: number): boolean {
  return Math.abs(nowMs - uuidv7TimeMs(orderId)) < FRESH_MS;
}

function isCreation({ event_type }: StoredEvent): boolean {
  return event_type === 'order.created';
}
