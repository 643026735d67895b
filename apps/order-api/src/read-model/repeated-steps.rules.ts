import type { OrderEvent } from './order.ts';

/** A step of an order, whichever event says it. */
export interface Step {
  readonly order_id: string;
  readonly event_type: OrderEvent['event_type'];
}

/** What happens once in an order's life; asking for a cancellation, and being refused one, may happen again. */
const ONCE: ReadonlySet<OrderEvent['event_type']> = new Set([
  'order.created',
  'order.confirmed',
  'order.rejected',
  'order.paid',
  'order.cancelled',
]);

export function happensOnce({ event_type }: OrderEvent): boolean {
  return ONCE.has(event_type);
}

/**
 * The events without those that say a step again, as a worker does whose database was restored: under another event id. The first one stays.
 * @param doubtful those that changed nothing of their order and happen once: each is such a repeat, or was overtaken by a later step
 * @param known the steps of their orders that are stored already
 */
export function withoutRepeats(
  events: readonly OrderEvent[],
  doubtful: ReadonlySet<OrderEvent>,
  known: readonly Step[],
): readonly OrderEvent[] {
  if (doubtful.size === 0) return events;
  const said = new Set(known.map(nameOf));
  return events.filter((event) => {
    const name = nameOf({ order_id: event.payload.order_id, event_type: event.event_type });
    if (doubtful.has(event) && said.has(name)) return false;
    said.add(name);
    return true;
  });
}

function nameOf({ order_id, event_type }: Step): string {
  return `${order_id} ${event_type}`;
}
