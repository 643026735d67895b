import type { PlannedOrder } from './visit.ts';

export type OrderStatus = 'accepted' | 'confirmed' | 'rejected' | 'paid' | 'cancelled';

/** An order that was accepted, and what is known of it. */
export interface PlacedOrder {
  readonly order_id: string;
  readonly order: PlannedOrder;
  readonly amount: number;
  /** What its visitor did with it: where it has to come to. */
  expected: OrderStatus;
  status: OrderStatus;
  wasPaid: boolean;
}

export interface AcceptedEvent {
  readonly event_type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

interface Interest {
  views: number;
  cartAdds: number;
  pieces: number;
}

/** How far visits came: a bit for each step. */
const STEPS = ['product.viewed', 'cart.item_added', 'checkout.started', 'purchase.completed'] as const;

/** Counts what order-api accepted: nothing else may show anywhere. */
export class Tally {
  readonly orders: PlacedOrder[] = [];
  readonly webEvents = new Map<string, number>();
  readonly interest = new Map<string, Interest>();
  readonly payments = new Map<string, { succeeded: number; failed: number; amount_succeeded: number }>();
  readonly unexpected = new Map<string, number>();
  readonly #sessions = new Map<string, number>();
  users = 0;
  refused = 0;
  refusedEvents = 0;
  cancellationsLeftOut = 0;

  /** Events of one visit. */
  events(session: string, accepted: readonly AcceptedEvent[]): void {
    let reached = this.#sessions.get(session) ?? 0;
    for (const { event_type, properties } of accepted) {
      this.webEvents.set(event_type, (this.webEvents.get(event_type) ?? 0) + 1);
      const step = STEPS.indexOf(event_type as (typeof STEPS)[number]);
      if (step >= 0) reached |= 1 << step;
      if (step === 0 || step === 1) this.#noteInterest(properties, step === 1);
    }
    if (accepted.length > 0) this.#sessions.set(session, reached);
  }

  payment(order: PlacedOrder, isSuccess: boolean): void {
    const { currency } = order.order;
    const counts = this.payments.get(currency) ?? { succeeded: 0, failed: 0, amount_succeeded: 0 };
    if (isSuccess) {
      counts.succeeded += 1;
      counts.amount_succeeded += order.amount;
    } else counts.failed += 1;
    this.payments.set(currency, counts);
  }

  /** Something that should not have been answered so. */
  surprise(what: string): void {
    this.unexpected.set(what, (this.unexpected.get(what) ?? 0) + 1);
  }

  funnel(): {
    sessions: number;
    viewed: number;
    added_to_cart: number;
    checked_out: number;
    purchased: number;
  } {
    const reached = [...this.#sessions.values()];
    const count = (step: number): number => reached.filter((steps) => (steps & (1 << step)) !== 0).length;
    return {
      sessions: reached.length,
      viewed: count(0),
      added_to_cart: count(1),
      checked_out: count(2),
      purchased: count(3),
    };
  }

  #noteInterest(properties: Readonly<Record<string, unknown>>, isCart: boolean): void {
    const sku = String(properties['sku']);
    const interest = this.interest.get(sku) ?? { views: 0, cartAdds: 0, pieces: 0 };
    if (isCart) {
      interest.cartAdds += 1;
      interest.pieces += Number(properties['quantity']);
    } else interest.views += 1;
    this.interest.set(sku, interest);
  }
}
