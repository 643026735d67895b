import {
  cartItemAdded,
  checkoutStarted,
  elementClicked,
  fields,
  pageViewed,
  productViewed,
  purchaseCompleted,
} from '@orderstream/events';
import Type, { type Static, type TProperties } from 'typebox';

const closed = { additionalProperties: false } as const;

/** What a batch may hold, by type. */
export const webEventContracts = {
  'page.viewed': pageViewed,
  'element.clicked': elementClicked,
  'product.viewed': productViewed,
  'cart.item_added': cartItemAdded,
  'checkout.started': checkoutStarted,
  'purchase.completed': purchaseCompleted,
} as const;
export type WebEventType = keyof typeof webEventContracts;
export const WEB_EVENT_TYPES = Object.keys(webEventContracts) as WebEventType[];

/** Of one batch. */
export const MAX_EVENTS = 500;

/** The body of POST /v1/web-events. What an item has to look like is said by `webEventItems`: a bad one does not spoil the others. */
export const WebEventBatch = Type.Object(
  { events: Type.Array(Type.Unknown(), { minItems: 1, maxItems: MAX_EVENTS }) },
  closed,
);
export type WebEventBatch = Static<typeof WebEventBatch>;

function item<Properties extends TProperties>(type: WebEventType, properties: Properties) {
  return Type.Object(
    {
      event_type: Type.Literal(type),
      session_id: fields.SessionId,
      user_id: Type.Optional(fields.UserId),
      timestamp: Type.Optional(fields.Timestamp),
      properties: Type.Object(properties, closed),
    },
    closed,
  );
}

/** An item of each type. Unknown members are refused, as everywhere in a request. */
export const webEventItems = {
  'page.viewed': item('page.viewed', pageViewed.payload.properties.properties.properties),
  'element.clicked': item('element.clicked', elementClicked.payload.properties.properties.properties),
  'product.viewed': item('product.viewed', productViewed.payload.properties.properties.properties),
  'cart.item_added': item('cart.item_added', cartItemAdded.payload.properties.properties.properties),
  'checkout.started': item('checkout.started', checkoutStarted.payload.properties.properties.properties),
  'purchase.completed': item(
    'purchase.completed',
    purchaseCompleted.payload.properties.properties.properties,
  ),
} as const;

/** An item that keeps its schema; what is in `properties` follows from the type. */
export interface WebEventItem {
  readonly event_type: WebEventType;
  readonly session_id: string;
  readonly user_id?: string;
  readonly timestamp?: string;
  readonly properties: object;
}
