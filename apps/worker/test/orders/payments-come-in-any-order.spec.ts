import { uuidv7, type Emission } from '@orderstream/events';
import type { Transaction } from '@orderstream/transactional';
import fc from 'fast-check';
import type { PaymentEvent } from '../../src/orders/payment.ts';
import { ProcessOrders } from '../../src/orders/process-orders.ts';
import { ProcessPayments } from '../../src/orders/process-payments.ts';
import { cancellation, created } from '../support/events.ts';
import {
  batchesOf,
  history,
  model,
  reportOf,
  type History,
  type Outcome,
} from '../support/payment-histories.ts';
import { StoresInMemory } from '../support/stores-in-memory.ts';

/** The handlers themselves, called as the engine calls them: in batches of one topic. */
async function handled({ isAboveLimit, payments, sayings, cuts }: History): Promise<Outcome> {
  const order_id = uuidv7();
  const creation = created({ order_id });
  const requests = [cancellation(order_id), cancellation(order_id)];
  const reports = payments.map((kind, index) => reportOf(kind, order_id, `p-${index}`));
  const limits = { default: isAboveLimit ? 899 : 900, byCurrency: {} };
  const stores = new StoresInMemory();
  const orders = new ProcessOrders(stores.orderStore, stores.cancellationStore, stores.paymentStore, limits);
  const processPayments = new ProcessPayments(stores.orderStore, stores.paymentStore, limits);
  const tx = undefined as unknown as Transaction;
  const emissions: Emission[] = [];
  for (const batch of batchesOf(sayings, cuts)) {
    // Copies: the engine parses every record anew.
    const onOrders = batch.flatMap((saying) => {
      if (saying.kind === 'pay') return [];
      return [structuredClone(saying.kind === 'created' ? creation : requests[saying.request])];
    });
    const onPayments = batch.flatMap((saying) =>
      saying.kind === 'pay' ? [structuredClone(reports[saying.payment])] : [],
    );
    const emitted =
      onPayments.length > 0
        ? await processPayments.apply(onPayments as PaymentEvent[], tx)
        : await orders.apply(onOrders as Parameters<ProcessOrders['apply']>[0], tx);
    emissions.push(...emitted);
  }
  const types = emissions.map(({ contract }) => contract.type);
  const kept = [...stores.payments.values()].map(
    ({ payment_id, flag, waiting }) =>
      [Number(payment_id.slice(2)), waiting ? 'waits' : (flag ?? null)] as const,
  );
  return {
    status: stores.orders.get(order_id)?.status,
    payments: Object.fromEntries(kept),
    emitted: types.filter((type) => type !== 'order.cancellation_refused'),
    refusals: types.filter((type) => type === 'order.cancellation_refused').length,
  };
}

describe('payments, cancellations and their order', () => {
  it('in any order, any number of times, in any batches: what the model says, and no payment is lost', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (one) => {
        expect(await handled(one)).toEqual(model(one));
      }),
      { numRuns: 3_000 },
    );
  });
});
