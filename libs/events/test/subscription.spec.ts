import {
  defineEvent,
  orderCancellationRequested,
  orderCreated,
  payments,
  subscriptionsOf,
  type Handler,
} from '../src/index.ts';

function handler(contracts: Handler['contracts'], options: Handler['options'] = {}): Handler {
  return { contracts, handle: async () => undefined, options };
}

const orderCreatedV2 = defineEvent({ ...orderCreated, key: 'order_id', version: 2 });
const onPayments = defineEvent({
  ...orderCreated,
  key: 'order_id',
  type: 'payment.processed',
  topic: payments,
});

describe('subscriptionsOf', () => {
  it('a handler: its source topic and the group’s own retry topic, treated alike', () => {
    const one = handler([orderCreated, orderCreatedV2, orderCancellationRequested]);
    const subscriptions = subscriptionsOf('worker', [one]);
    expect(subscriptions.map(({ topic }) => topic)).toEqual(['orders', 'orders.worker.retry']);
    for (const { handled, source, maxAttempts, dedupe, handle } of subscriptions) {
      expect([...handled.keys()]).toEqual(['order.created', 'order.cancellation_requested']);
      expect([...(handled.get('order.created')?.keys() ?? [])]).toEqual([1, 2]);
      expect({ source: source.name, maxAttempts, dedupe }).toEqual({
        source: 'orders',
        maxAttempts: 5,
        dedupe: undefined,
      });
      expect(handle).toBe(one.handle);
    }
  });

  it('a handler of two topics: each topic knows its own types only', () => {
    const subscriptions = subscriptionsOf('worker', [
      handler([orderCreated, onPayments], { maxAttempts: 2, dedupe: 'event-id' }),
    ]);
    const types = subscriptions.map(({ topic, handled }) => [topic, ...handled.keys()]);
    expect(types).toEqual([
      ['orders', 'order.created'],
      ['orders.worker.retry', 'order.created'],
      ['payments', 'payment.processed'],
      ['payments.worker.retry', 'payment.processed'],
    ]);
    expect(subscriptions.every(({ maxAttempts, dedupe }) => maxAttempts === 2 && dedupe === 'event-id')).toBe(
      true,
    );
  });

  it('two handlers of one topic: refused, since their order could not be told', () => {
    const two = [handler([orderCreated]), handler([orderCancellationRequested])];
    expect(() => subscriptionsOf('worker', two)).toThrow(/group worker has two handlers for topic orders/);
  });
});
