import type {
  consumerLagExceeded,
  consumerLagRecovered,
  EventOf,
  fraudSuspected,
  orderCancelled,
  orderConfirmed,
  orderPaid,
  orderRejected,
  paymentFailed,
  userRegistered,
} from '@orderstream/events';
import type { KnownOrder, People } from '../people/people.ts';
import type { AlertData, OrderData, TemplateData, TemplateName } from '../rendering/template-data.ts';

export type OrderEvent =
  | EventOf<typeof orderConfirmed>
  | EventOf<typeof orderRejected>
  | EventOf<typeof orderPaid>
  | EventOf<typeof orderCancelled>;
export type AlertEvent =
  EventOf<typeof fraudSuspected> | EventOf<typeof consumerLagExceeded> | EventOf<typeof consumerLagRecovered>;

/** The events somebody is told about. */
export type ToldEvent =
  OrderEvent | EventOf<typeof paymentFailed> | EventOf<typeof userRegistered> | AlertEvent;

interface MessageOf<Name extends TemplateName> {
  readonly template: Name;
  readonly data: TemplateData[Name];
  readonly order_id: string | null;
  readonly customer_id: string | null;
  readonly about: string | null;
  /** What the event, or its order, says itself. */
  readonly contact?: { readonly email?: string | null; readonly phone?: string | null } | undefined;
  /** Why nobody is told. */
  readonly suppressed?: 'order-unknown' | 'order-settled';
}

/** What an event gives to tell. */
export type Message = { [Name in TemplateName]: MessageOf<Name> }[TemplateName];

export function messageOf(event: ToldEvent, people: People): Message {
  switch (event.event_type) {
    case 'order.confirmed':
      return {
        ...ofOrder(event),
        template: 'order-confirmed',
        data: { ...orderData(event, people), confirmed_at: event.timestamp },
      };
    case 'order.rejected': {
      const data = {
        ...orderData(event, people),
        rejected_at: event.timestamp,
        reason_code: event.payload.reason.code,
      };
      return { ...ofOrder(event), template: 'order-rejected', data };
    }
    case 'order.cancelled': {
      const { reason } = event.payload;
      const data = {
        ...orderData(event, people),
        cancelled_at: event.timestamp,
        ...(reason === undefined ? {} : { reason }),
      };
      return { ...ofOrder(event), template: 'order-cancelled', data };
    }
    case 'order.paid': {
      const data = {
        ...orderData(event, people),
        paid_at: event.timestamp,
        payment_id: event.payload.payment_id,
      };
      return { ...ofOrder(event), template: 'payment-receipt', data };
    }
    case 'payment.failed':
      return failedPayment(event, people);
    case 'user.registered': {
      const { user_id, name, email } = event.payload;
      const whom = { order_id: null, customer_id: user_id, about: user_id, contact: { email } };
      return { ...whom, template: 'welcome', data: { user_id, name } };
    }
    default:
      return {
        template: 'operator-alert',
        data: alertData(event),
        order_id: null,
        customer_id: null,
        about: null,
      };
  }
}

function ofOrder({ payload: { order_id, customer_id, contact } }: OrderEvent) {
  return { order_id, customer_id, about: order_id, contact };
}

function orderData({ payload }: OrderEvent, people: People): OrderData {
  const { order_id, customer_id, currency, amount_total, item_count } = payload;
  return { order_id, currency, amount_total, item_count, ...nameOf(customer_id, people) };
}

/** It says neither whose order it is nor how to reach them. Of an order that came to its end otherwise nobody wants to hear it any more. */
function failedPayment(event: EventOf<typeof paymentFailed>, people: People): Message {
  const { order_id, payment_id, currency, amount, method } = event.payload;
  const order = people.orders.get(order_id);
  const customer_id = order?.customer_id ?? null;
  const suppressed = whyNobodyIsTold(order);
  return {
    template: 'payment-failed',
    data: {
      ...{ order_id, payment_id, currency, amount, method, failed_at: event.timestamp },
      ...(customer_id === null ? {} : nameOf(customer_id, people)),
    },
    ...{ order_id, customer_id, about: `${order_id} ${payment_id}`, contact: order },
    ...(suppressed === undefined ? {} : { suppressed }),
  };
}

function whyNobodyIsTold(order: KnownOrder | undefined): Message['suppressed'] {
  if (order === undefined) return 'order-unknown';
  return order.status === 'confirmed' ? undefined : 'order-settled';
}

function nameOf(customerId: string, { customers }: People): { name?: string } {
  const name = customers.get(customerId)?.name;
  return name === null || name === undefined ? {} : { name };
}

function alertData({ event_type, payload, timestamp }: AlertEvent): AlertData {
  if (event_type === 'fraud.suspected') {
    const { subject_type, subject_id, rule, score, window, evidence } = payload;
    return { alert: 'fraud', subject_type, subject_id, rule, score, window, evidence, alerted_at: timestamp };
  }
  const { group, topic, lag, lag_seconds, verdict, threshold } = payload;
  const alert = event_type === 'consumer_lag.exceeded' ? 'lag-exceeded' : 'lag-recovered';
  return { alert, group, topic, lag, lag_seconds, verdict, threshold, alerted_at: timestamp };
}
