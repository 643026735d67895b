import {
  cartItemAdded,
  checkoutStarted,
  elementClicked,
  newEvent,
  pageViewed,
  productViewed,
  purchaseCompleted,
  uuidv7,
} from '@orderstream/events';
import type { WebEvent } from '../../src/web-events/web-event-row.rules.ts';

const CUP = { sku: 'cup', unit_amount: 1250, currency: 'EUR' };

/** One visit and the events it may cause. `at` is RFC 3339; the events are collected at that very moment. */
export class Visit {
  readonly #session: { session_id: string; user_id?: string };

  constructor(session_id: string, user_id?: string) {
    this.#session = { session_id, ...(user_id === undefined ? {} : { user_id }) };
  }

  page(at: string): WebEvent {
    return newEvent(pageViewed, this.#payload({ url: 'https://shop.example/', title: 'Shop' }), told(at));
  }

  click(at: string): WebEvent {
    return newEvent(
      elementClicked,
      this.#payload({ url: 'https://shop.example/', selector: '#buy', text: 'Buy' }),
      told(at),
    );
  }

  /** @param collectedAt when that is another time than `at` */
  product(at: string, sku = 'cup', collectedAt = at): WebEvent {
    return newEvent(productViewed, this.#payload({ ...CUP, sku }), told(at, collectedAt));
  }

  cart(at: string, quantity = 2): WebEvent {
    return newEvent(cartItemAdded, this.#payload({ ...CUP, quantity }), told(at));
  }

  checkout(at: string): WebEvent {
    return newEvent(
      checkoutStarted,
      this.#payload({ amount: 2500, currency: 'EUR', item_count: 1 }),
      told(at),
    );
  }

  purchase(at: string, order_id = uuidv7()): WebEvent {
    return newEvent(purchaseCompleted, this.#payload({ order_id, amount: 2500, currency: 'EUR' }), told(at));
  }

  #payload<Properties extends object>(
    properties: Properties,
  ): { session_id: string; user_id?: string; properties: Properties } {
    return { ...this.#session, properties };
  }
}

function told(
  timestamp: string,
  collectedAt = timestamp,
): { source: string; timestamp: string; eventId: string } {
  return { source: 'order-api', timestamp, eventId: uuidv7(Date.parse(collectedAt)) };
}
