import type { EventOf, orderCreated } from '@orderstream/events';
import type { Mark } from './burst.rules.ts';
import type { ContactTrace } from './contact.rules.ts';
import type { CustomersFailedPayment } from './failed-payment-store.ts';

/** What an order counts for: its customer's orders, and its customer as one more who uses the contact. */
export function marksOfOrder(
  { payload, timestamp }: EventOf<typeof orderCreated>,
  contacts: readonly ContactTrace[],
): Mark[] {
  const at_ms = Date.parse(timestamp);
  const { order_id, customer_id } = payload;
  return [
    { rule: 'order_velocity', subject_id: customer_id, member: order_id, at_ms },
    ...contacts.map(({ key }) => ({
      rule: 'shared_contact' as const,
      subject_id: key,
      member: customer_id,
      at_ms,
    })),
  ];
}

/** A payment that is told to have failed again, under its id, is one failed payment. */
export function markOfPayment({ customer_id, payment_id, at_ms }: CustomersFailedPayment): Mark {
  return { rule: 'failed_payments', subject_id: customer_id, member: payment_id, at_ms };
}
