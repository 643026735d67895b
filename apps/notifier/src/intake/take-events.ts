import { Inject, Injectable } from '@nestjs/common';
import {
  consumerLagExceeded,
  consumerLagRecovered,
  fraudSuspected,
  orderCancelled,
  orderConfirmed,
  orderPaid,
  orderRejected,
  paymentFailed,
  userRegistered,
  wasHandledBefore,
  type EventOf,
} from '@orderstream/events';
import { OnEvents } from '@orderstream/events/nest';
import type { Transaction } from '@orderstream/transactional';
import { NotificationLedger, type AddedNotification } from '../ledger/notification-ledger.ts';
import { QueueBell } from '../ledger/queue-bell.ts';
import { notificationsTotal } from '../metrics.ts';
import { PeopleStore } from '../people/people-store.ts';
import type { People } from '../people/people.ts';
import { registeredOf } from '../people/registrations.rules.ts';
import type { AlertEvent, OrderEvent, ToldEvent } from './messages.rules.ts';
import { newsOf, registrationOf } from './news.rules.ts';
import {
  planLateSms,
  planNotifications,
  reviseSuppressed,
  type PlanSettings,
  type Suppressed,
  type ToldByMail,
} from './plan-notifications.rules.ts';

/** A mail cannot be taken back with the transaction: what was handled before a restore is entered as unknown, not sent. */
const NOTIFIER = { group: 'notifier', marksHandledBefore: true } as const;

/** Injection token of PlanSettings. */
export const PLAN_SETTINGS = Symbol('PlanSettings');

/**
 * Enters what is to be told into the ledger. Sends nothing: a gateway that is slow or away holds up no event. The ledger's natural keys
 * make it harmless to be given an event again, at whatever offset.
 */
@Injectable()
export class TakeEvents {
  constructor(
    @Inject(NotificationLedger) private readonly ledger: NotificationLedger,
    @Inject(PeopleStore) private readonly store: PeopleStore,
    @Inject(QueueBell) private readonly bell: QueueBell,
    @Inject(PLAN_SETTINGS) private readonly settings: PlanSettings,
  ) {}

  /** Also remembers whom to tell of the order when a payment fails, and tells of payments that were faster than the order. */
  @OnEvents(NOTIFIER, orderConfirmed, orderRejected, orderPaid, orderCancelled)
  async takeOrders(events: OrderEvent[], tx: Transaction): Promise<void> {
    const ids = events.map(({ payload }) => payload.order_id);
    void this.store.lock(tx, 'read');
    void this.store.note(tx, events.map(newsOf));
    const [customers, waiting] = await Promise.all([
      this.store.customers(
        tx,
        events.map(({ payload }) => payload.customer_id),
      ),
      this.ledger.withoutOrder(tx, ids),
    ]);
    const people = { customers, orders: waiting.length === 0 ? new Map() : await this.store.orders(tx, ids) };
    await this.#enter(tx, events, people, waiting);
  }

  /** A failed payment says neither whose it is nor how to reach them: the order's own events do. */
  @OnEvents(NOTIFIER, paymentFailed)
  async takePayments(events: EventOf<typeof paymentFailed>[], tx: Transaction): Promise<void> {
    void this.store.lock(tx, 'write');
    const orders = await this.store.orders(
      tx,
      events.map(({ payload }) => payload.order_id),
    );
    const customers = await this.store.customers(
      tx,
      [...orders.values()].map(({ customer_id }) => customer_id),
    );
    await this.#enter(tx, events, { customers, orders });
  }

  /** Also tells of what happened after a registration that arrives after it. */
  @OnEvents(NOTIFIER, userRegistered)
  async takeUsers(events: EventOf<typeof userRegistered>[], tx: Transaction): Promise<void> {
    const registered = registeredOf(events.map(registrationOf));
    void this.store.lock(tx, 'write');
    void this.store.register(tx, registered);
    const customers = await this.store.customers(
      tx,
      registered.map(({ customer_id }) => customer_id),
    );
    const waiting = await this.ledger.withoutCustomer(tx, registered);
    const orders = await this.store.orders(
      tx,
      waiting.flatMap(({ order_id }) => order_id ?? []),
    );
    const withoutNumber = await this.ledger.withoutNumber(tx, registered);
    await this.#enter(tx, events, { customers, orders }, waiting, withoutNumber);
  }

  @OnEvents(NOTIFIER, fraudSuspected, consumerLagExceeded, consumerLagRecovered)
  async takeAlerts(events: AlertEvent[], tx: Transaction): Promise<void> {
    await this.#enter(tx, events, { customers: new Map(), orders: new Map() });
  }

  /**
   * @param waiting what was suppressed and may have somebody to go to now
   * @param withoutNumber what was told by mail only and may have a number to go to now
   */
  async #enter(
    tx: Transaction,
    events: readonly ToldEvent[],
    people: People,
    waiting: readonly Suppressed[] = [],
    withoutNumber: readonly ToldByMail[] = [],
  ): Promise<void> {
    // What brings the news was handled before: so was, perhaps, what it brings up.
    const isInDoubt = events.some(wasHandledBefore);
    const revised = waiting.map((each) => reviseSuppressed(each, people, this.settings, isInDoubt));
    const planned = events.flatMap((event) =>
      planNotifications(event, people, this.settings, wasHandledBefore(event)),
    );
    const late = withoutNumber.flatMap((each) => planLateSms(each, people, this.settings, isInDoubt));
    const entered: AddedNotification[] = [
      ...(await this.ledger.revise(tx, revised)),
      ...(await this.ledger.add(tx, planned)),
      ...(await this.ledger.addBeside(tx, late)),
    ];
    tx.afterCommit(() => {
      for (const { channel, state } of entered) notificationsTotal.inc({ channel, state });
      if (entered.some(({ state }) => state === 'queued')) this.bell.ring();
    });
  }
}
