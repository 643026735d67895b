import {
  uuidv7TimeMs,
  type cartItemAdded,
  type checkoutStarted,
  type elementClicked,
  type EventOf,
  type pageViewed,
  type productViewed,
  type purchaseCompleted,
} from '@orderstream/events';

export type WebEvent = EventOf<
  | typeof pageViewed
  | typeof elementClicked
  | typeof productViewed
  | typeof cartItemAdded
  | typeof checkoutStarted
  | typeof purchaseCompleted
>;

/** The members that `properties` may have, whatever the type. */
export interface WebEventProperties {
  readonly url?: string;
  readonly title?: string;
  readonly referrer?: string;
  readonly selector?: string;
  readonly text?: string;
  readonly sku?: string;
  readonly quantity?: number;
  readonly unit_amount?: number;
  readonly amount?: number;
  readonly currency?: string;
  readonly item_count?: number;
  readonly order_id?: string;
}

/** When a web event happened, RFC 3339; `told_at` is what its clock said where that cannot be. */
export interface WebEventTime {
  readonly occurred_at: string;
  readonly told_at: string | null;
}

const MINUTE_MS = 60_000;
/** What the collector takes (POST /v1/web-events), too: a visitor's device may have been offline, and clocks go a little wrong. */
const LATEST_MS = 7 * 24 * 60 * MINUTE_MS;
const EARLIEST_MS = 5 * MINUTE_MS;

/**
 * The time of the visitor's clock, unless that cannot be: then the time at which the event was collected, which its id tells. A clock
 * that is a year off puts a visit neither into last year nor into a minute of its own. Always the same for the same event.
 */
export function timeOf({ event_id, timestamp }: Pick<WebEvent, 'event_id' | 'timestamp'>): WebEventTime {
  const collectedMs = uuidv7TimeMs(event_id);
  const toldMs = Date.parse(timestamp);
  if (toldMs >= collectedMs - LATEST_MS && toldMs <= collectedMs + EARLIEST_MS) {
    return { occurred_at: timestamp, told_at: null };
  }
  return { occurred_at: new Date(collectedMs).toISOString(), told_at: timestamp };
}
