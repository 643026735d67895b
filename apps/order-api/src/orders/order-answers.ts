import { fields } from '@orderstream/events';
import Type from 'typebox';
import { ORDER_STATUSES } from '../read-model/order.ts';

/** What callers are answered, for the OpenAPI document. The bodies themselves are typed where they are made. */
export const AcceptedOrder = Type.Object({
  order_id: fields.OrderId,
  event_id: fields.EventId,
  status: Type.Literal('accepted'),
  currency: fields.Currency,
  amount_total: fields.Amount,
  accepted_at: fields.Timestamp,
});

export const OrderStep = Type.Object({
  event_type: Type.String(),
  event_id: fields.EventId,
  timestamp: fields.Timestamp,
  source: Type.String({ description: 'the service that says so' }),
});

export const OrderView = Type.Object({
  order_id: fields.OrderId,
  customer_id: fields.CustomerId,
  status: Type.Enum([...ORDER_STATUSES]),
  currency: fields.Currency,
  amount_total: fields.Amount,
  items: fields.OrderItems,
  created_at: fields.Timestamp,
  updated_at: fields.Timestamp,
  timeline: Type.Array(OrderStep, { description: 'every step, in the order of the log' }),
});

export const OrderList = Type.Object({
  orders: Type.Array(OrderView, { description: 'newest first' }),
  next_cursor: Type.Union([Type.String(), Type.Null()], { description: 'null on the last page' }),
});
