import {
  orderCancelled,
  orderConfirmed,
  orderCreated,
  orderPaid,
  orderRejected,
  paymentFailed,
  paymentProcessed,
  userRegistered,
} from '@orderstream/events';
import { OnEvents } from '@orderstream/events/nest';
import type { Transaction } from '@orderstream/transactional';
import type { OrderEvent } from '../orders/order-fact.ts';
import { OrderFactStore } from '../orders/order-fact-store.ts';
import { ProjectOrders } from '../orders/project-orders.ts';
import type { PaymentEvent } from '../payments/payment-fact.ts';
import { PaymentFactStore } from '../payments/payment-fact-store.ts';
import { ProjectPayments } from '../payments/project-payments.ts';
import { ProjectUsers } from '../users/project-users.ts';
import type { UserRegistered } from '../users/user-row.rules.ts';
import { UserStore } from '../users/user-store.ts';
import { WarehouseNews } from '../warehouse/warehouse-news.ts';

/** The service's own handlers of what is rebuilt, on the tables of another schema. */
export class RebuiltWarehouse {
  readonly #orders: ProjectOrders;
  readonly #payments: ProjectPayments;
  readonly #users: ProjectUsers;

  constructor(schema: string) {
    // Nobody listens to the news of a draft.
    const news = new WarehouseNews();
    this.#orders = new ProjectOrders(new OrderFactStore(schema), news);
    this.#payments = new ProjectPayments(new PaymentFactStore(schema), news);
    this.#users = new ProjectUsers(new UserStore(schema), news);
  }

  @OnEvents('analytics', orderCreated, orderConfirmed, orderRejected, orderPaid, orderCancelled)
  orders(events: OrderEvent[], tx: Transaction): Promise<void> {
    return this.#orders.apply(events, tx);
  }

  @OnEvents('analytics', paymentProcessed, paymentFailed)
  payments(events: PaymentEvent[], tx: Transaction): Promise<void> {
    return this.#payments.apply(events, tx);
  }

  @OnEvents('analytics', userRegistered)
  users(events: UserRegistered[], tx: Transaction): Promise<void> {
    return this.#users.apply(events, tx);
  }
}
