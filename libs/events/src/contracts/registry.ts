import type { EventContract } from '../contract.ts';
import { cartItemAdded } from './cart-item-added.ts';
import { checkoutStarted } from './checkout-started.ts';
import { consumerLagExceeded } from './consumer-lag-exceeded.ts';
import { consumerLagRecovered } from './consumer-lag-recovered.ts';
import { elementClicked } from './element-clicked.ts';
import { fraudSuspected } from './fraud-suspected.ts';
import { orderCancellationRefused } from './order-cancellation-refused.ts';
import { orderCancellationRequested } from './order-cancellation-requested.ts';
import { orderCancelled } from './order-cancelled.ts';
import { orderConfirmed } from './order-confirmed.ts';
import { orderCreated } from './order-created.ts';
import { orderPaid } from './order-paid.ts';
import { orderRejected } from './order-rejected.ts';
import { pageViewed } from './page-viewed.ts';
import { paymentFailed } from './payment-failed.ts';
import { paymentProcessed } from './payment-processed.ts';
import { productViewed } from './product-viewed.ts';
import { purchaseCompleted } from './purchase-completed.ts';
import { userRegistered } from './user-registered.ts';

/** Every contract there is. A type that is not here is known to nobody. */
export const contracts: readonly EventContract[] = [
  orderCreated,
  orderConfirmed,
  orderRejected,
  orderPaid,
  orderCancelled,
  orderCancellationRequested,
  orderCancellationRefused,
  paymentProcessed,
  paymentFailed,
  userRegistered,
  pageViewed,
  elementClicked,
  productViewed,
  cartItemAdded,
  checkoutStarted,
  purchaseCompleted,
  fraudSuspected,
  consumerLagExceeded,
  consumerLagRecovered,
];
