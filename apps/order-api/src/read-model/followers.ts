import { Gauge } from 'prom-client';
import type { StoredEvent } from './feed-events.ts';

const followersGauge = new Gauge({
  name: 'orderstream_order_followers',
  help: 'Requests and streams that wait for what happens to an order.',
});

/** Why a follower stopped: it had all it wanted, or the service stops. */
export type FollowEnd = 'done' | 'stopping';

/** Somebody who waits for what happens to an order. */
export interface Follower {
  readonly orderId: string;
  /** `seq` of the last event handed on; those after it are handed on, the stored ones first. */
  seen: number;
  readonly sinceMs: number;
  /** Called with events in the order of the log, at least one; false when no more are wanted. Must not throw. */
  readonly onEvents: (events: readonly StoredEvent[]) => boolean;
  readonly onEnd: (why: FollowEnd) => void;
}

/** Who follows which order. */
export class Followers {
  readonly #byOrder = new Map<string, Set<Follower>>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  has(orderId: string): boolean {
    return this.#byOrder.has(orderId);
  }

  add(follower: Follower): void {
    const set = this.#byOrder.get(follower.orderId) ?? new Set();
    this.#byOrder.set(follower.orderId, set.add(follower));
    this.#count += 1;
    followersGauge.inc();
  }

  remove(follower: Follower): void {
    const set = this.#byOrder.get(follower.orderId);
    if (!set?.delete(follower)) return;
    this.#count -= 1;
    followersGauge.dec();
    if (set.size === 0) this.#byOrder.delete(follower.orderId);
  }

  /** Orders that somebody follows since `sinceMs` or later. */
  orderIds(sinceMs: number): string[] {
    const ids: string[] = [];
    for (const [orderId, set] of this.#byOrder) {
      for (const follower of set) {
        if (follower.sinceMs < sinceMs) continue;
        ids.push(orderId);
        break;
      }
    }
    return ids;
  }

  /** From where each of these orders must be read, so that none of its followers misses anything. */
  positions(orderIds: Iterable<string>): Map<string, number> {
    const positions = new Map<string, number>();
    for (const orderId of orderIds) {
      const set = this.#byOrder.get(orderId);
      if (set !== undefined) positions.set(orderId, Math.min(...[...set].map(({ seen }) => seen)));
    }
    return positions;
  }

  /** Hands each follower what it has not seen of the events that were read from `positions` on. */
  dispatch(positions: ReadonlyMap<string, number>, events: readonly StoredEvent[]): void {
    for (const [orderId, news] of Map.groupBy(events, ({ order_id }) => order_id)) {
      for (const follower of [...(this.#byOrder.get(orderId) ?? [])]) {
        // Who came meanwhile and wants older events too is served by the reading that its coming has caused.
        if (follower.seen < (positions.get(orderId) as number)) continue;
        const unseen = news.filter(({ seq }) => seq > follower.seen);
        const last = unseen.at(-1);
        if (last === undefined) continue;
        follower.seen = last.seq;
        if (follower.onEvents(unseen)) continue;
        this.remove(follower);
        follower.onEnd('done');
      }
    }
  }

  endAll(): void {
    for (const set of [...this.#byOrder.values()]) {
      for (const follower of [...set]) {
        this.remove(follower);
        follower.onEnd('stopping');
      }
    }
  }
}
