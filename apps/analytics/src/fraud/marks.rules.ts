import type { EventOf, orderCreated } from '@orderstream/events';
import type { Mark } from './burst.rules.ts';
import type { ContactTrace } from './contact.rules.ts';
import type { CustomersFailedPayment } from './failed-payment-store.ts';

/** What an order counts for beside its customer's orders: its customer as one more who uses the contact. */
export function marksOfOrder(
  { payload, timestamp }: EventOf<typeof orderCreated>,
  contacts: readonly ContactTrace[],
): Mark[] {
  return contacts.map(({ key }) => ({
    rule: 'shared_contact',
    subject_id: key,
    member: payload.customer_id,
    at_ms: Date.parse(timestamp),
  }));
}

/** A payment that is told to have failed again, under its id, is one failed payment. */
export function markOfPayment({ customer_id, payment_id, at_ms }: CustomersFailedPayment): Mark {
  return { rule: 'failed_payments', subject_id: customer_id, member: payment_id, at_ms };
}
