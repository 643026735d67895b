import type { Emission } from '@orderstream/events';
import type { Order } from './order.ts';
import { decide, type AmountLimits, type Decision, type OrderEvent } from './order.rules.ts';
import type { WaitingPayment } from './payment.ts';

/** A batch's decisions, each on the order as the one before has left it, and what they add up to. */
export class Rulings {
  readonly #orders: Map<string, Order>;
  readonly #limits: AmountLimits;
  readonly #changed = new Map<string, Order>();
  readonly emissions: Emission[] = [];

  /** @param orders as they are stored, by order_id; changed by the rulings */
  constructor(orders: Map<string, Order>, limits: AmountLimits) {
    this.#orders = orders;
    this.#limits = limits;
  }

  /** The orders that a ruling has changed or made. */
  get changed(): Order[] {
    return [...this.#changed.values()];
  }

  /** @throws PermanentError as `decide` does */
  ruleOn(event: OrderEvent): Decision {
    return this.take(decide(this.#orders.get(event.payload.order_id), event, this.#limits));
  }

  /** As if the payment came now; what it causes belongs to the trace it came in. */
  ruleOnWaiting({ event, traceparent }: WaitingPayment): Decision {
    const decision = decide(this.#orders.get(event.payload.order_id), event, this.#limits);
    return this.take({ ...decision, emits: decision.emits.map((one) => ({ ...one, traceparent })) });
  }

  /** Accepts a decision that was made already. */
  take(decision: Decision): Decision {
    const { order, emits } = decision;
    if (order !== undefined) {
      this.#orders.set(order.order_id, order);
      this.#changed.set(order.order_id, order);
    }
    this.emissions.push(...emits);
    return decision;
  }
}
