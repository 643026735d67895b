import {
  newEvent,
  orderCancellationRefused,
  orderCancellationRequested,
  PermanentError,
  uuidv7,
} from '@orderstream/events';
import { project } from '../../src/read-model/order-projection.rules.ts';
import type { OrderEvent, OrderStatus, ProjectedOrder } from '../../src/read-model/order.ts';
import { createdEvent, stepEvent } from '../support/other-services.ts';

const order_id = uuidv7();
const created = createdEvent({ order_id });
const confirmed = stepEvent('orderConfirmed', order_id);
const rejected = stepEvent('orderRejected', order_id);
const paid = stepEvent('orderPaid', order_id);
const cancelled = stepEvent('orderCancelled', order_id);

const after = (...events: OrderEvent[]): ProjectedOrder | undefined =>
  events.reduce<ProjectedOrder | undefined>(project, undefined);

describe('project', () => {
  it('order.created: accepted, with what was ordered', () => {
    expect(after(created)).toEqual({
      order_id,
      status: 'accepted',
      updated_at: created.timestamp,
      content: {
        customer_id: created.payload.customer_id,
        currency: 'EUR',
        amount_total: 2_100,
        items: created.payload.items,
        created_at: created.timestamp,
      },
    });
  });

  it.each<[OrderStatus, OrderEvent[]]>([
    ['confirmed', [confirmed]],
    ['rejected', [rejected]],
    ['paid', [confirmed, paid]],
    ['cancelled', [confirmed, cancelled]],
    ['cancelled', [confirmed, paid, cancelled]],
  ])('in their order: %s', (status, events) => {
    expect(after(created, ...events)?.status).toBe(status);
  });

  it.each<[OrderStatus, OrderEvent[]]>([
    ['paid', [paid, confirmed]],
    ['cancelled', [cancelled, paid, confirmed]],
    ['cancelled', [confirmed, cancelled, paid]],
    ['rejected', [rejected, confirmed, paid, cancelled]],
    ['confirmed', [confirmed, rejected]],
  ])('out of their order: %s, never back', (status, events) => {
    expect(after(created, ...events)?.status).toBe(status);
  });

  it('order.created comes last: the same order as if it had come first', () => {
    expect(after(confirmed, paid, created)).toEqual(after(created, confirmed, paid));
    expect(after(confirmed, paid)).toMatchObject({ status: 'paid', content: undefined });
  });

  it('repeated: nothing changes', () => {
    const order = after(created, confirmed);
    expect(project(order, created)).toBe(order);
    expect(project(order, confirmed)).toBe(order);
  });

  it('a cancellation asked for or refused: a step, but no change', () => {
    const order = after(created, confirmed);
    const asked = newEvent(orderCancellationRequested, { order_id }, { source: 'test' });
    const reason = { code: 'too_late', detail: 'too late' };
    const refused = newEvent(orderCancellationRefused, { order_id, reason }, { source: 'test' });
    expect(project(order, asked)).toBe(order);
    expect(project(order, refused)).toBe(order);
  });

  it('an older event arrives late: updated_at stays the latest', () => {
    const late = { ...confirmed, timestamp: '2020-01-01T00:00:00.000Z' } as OrderEvent;
    expect(after(created, late)).toMatchObject({ status: 'confirmed', updated_at: created.timestamp });
  });

  it.each([
    ['customer', createdEvent({ order_id, customer_id: 'c-2' })],
    ['currency', createdEvent({ order_id, currency: 'USD' })],
    ['amount', createdEvent({ order_id, amount_total: 1 })],
    ['items', createdEvent({ order_id, items: [{ sku: 'cup', quantity: 1, unit_amount: 2_100 }] })],
  ])('another order under the same id, by its %s: conflict', (_, other) => {
    expect(() => project(after(created), other)).toThrow(PermanentError);
    expect(() => project(after(created), other)).toThrow('the first one stays');
  });
});
