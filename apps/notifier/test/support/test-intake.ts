import { received, type Envelope, type HandleEvents } from '@orderstream/events';
import { TakeEvents } from '../../src/intake/take-events.ts';
import { QueueBell } from '../../src/ledger/queue-bell.ts';
import { PeopleStore } from '../../src/people/people-store.ts';
import { PLAN } from './planning.ts';
import type { TestLedger } from './test-ledger.ts';

export type Batch = (...events: Envelope[]) => Promise<void>;

/** The handlers of the notifier's topics: each call is a batch of its own, in a transaction of its own. */
export interface TestIntake {
  readonly orders: Batch;
  readonly payments: Batch;
  readonly users: Batch;
  readonly alerts: Batch;
}

export function testIntake(own: TestLedger): TestIntake {
  const batchFor =
    (method: 'takeOrders' | 'takePayments' | 'takeUsers' | 'takeAlerts'): Batch =>
    (...events) => {
      const takeEvents = new TakeEvents(own.ledger, new PeopleStore(), new QueueBell(), PLAN);
      const handle = takeEvents[method].bind(takeEvents) as HandleEvents;
      const delivered = events.map((event, offset) =>
        received(structuredClone(event), { offset, traceparent: undefined }),
      );
      return own.database.transaction(async (tx) => void (await handle(delivered, tx)));
    };
  return {
    orders: batchFor('takeOrders'),
    payments: batchFor('takePayments'),
    users: batchFor('takeUsers'),
    alerts: batchFor('takeAlerts'),
  };
}

/** As a timestamp of an event. */
export function minutesAgo(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString();
}
