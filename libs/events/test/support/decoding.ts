import { orders, subscriptionsOf, type EventContract, type Subscription } from '../../src/index.ts';
import { orderCancellationRequested, orderCreated, type HandleEvents } from '../../src/index.ts';

/** What the group `worker` does with the topic `orders` in these tests; not what it does in production. */
export function workerSubscription(
  handle: HandleEvents = async () => undefined,
  options: { maxAttempts?: number; contracts?: readonly EventContract[]; dedupe?: 'event-id' } = {},
): Subscription {
  const { contracts = [orderCreated, orderCancellationRequested], ...rest } = options;
  const subscriptions = subscriptionsOf('worker', [{ contracts, handle, options: rest }]);
  return subscriptions.find(({ topic }) => topic === orders.name) as Subscription;
}
