import { newEvent, paymentFailed, paymentProcessed, uuidv7 } from '@orderstream/events';
import type { PaymentEvent } from '../../src/payments/payment-fact.ts';
import { Warehouse, type Partition } from '../support/warehouse.ts';

const AT = '2026-06-13T10:00:10.000Z';
const payment = {
  payment_id: 'p-1',
  order_id: uuidv7(),
  currency: 'EUR',
  amount: 2800,
  method: 'card' as const,
};
const told = { source: 'order-api', timestamp: AT };

describe('payments in the warehouse', () => {
  let warehouse: Warehouse;
  let partition: Partition<PaymentEvent>;
  beforeAll(async () => (warehouse = await Warehouse.open()));
  beforeEach(async () => {
    await warehouse.empty();
    partition = warehouse.payments();
  });
  afterAll(() => warehouse.close());

  const perMinute = () => warehouse.rows('SELECT * FROM warehouse.payments_per_minute');

  it('a payment that fails and succeeds later, each told twice: two facts, each counted once in its minute', async () => {
    const failed = newEvent(paymentFailed, { ...payment, failure_code: 'card_declined' }, told);
    const succeeded = newEvent(paymentProcessed, payment, { ...told, timestamp: '2026-06-13T10:00:59.000Z' });
    await partition.consume(failed, failed, succeeded);
    await partition.consume(succeeded, newEvent(paymentProcessed, payment, told));
    await warehouse.payments().consume(failed);
    expect(
      await warehouse.rows(
        'SELECT outcome, failure_code, occurred_at FROM warehouse.payments ORDER BY outcome',
      ),
    ).toEqual([
      { outcome: 'failed', failure_code: 'card_declined', occurred_at: new Date(AT) },
      { outcome: 'succeeded', failure_code: null, occurred_at: new Date('2026-06-13T10:00:59.000Z') },
    ]);
    expect(await perMinute()).toEqual([
      {
        minute: new Date('2026-06-13T10:00:00.000Z'),
        currency: 'EUR',
        payments_succeeded: '1',
        payments_failed: '1',
        amount_succeeded: '2800',
        amount_failed: '2800',
      },
    ]);
  });

  it('the same id for another sum: refused as a conflict, in one batch and later; the first stays', async () => {
    const first = newEvent(paymentProcessed, payment, told);
    const other = newEvent(paymentProcessed, { ...payment, amount: 1 }, told);
    await expect(partition.consume(first, other)).rejects.toMatchObject({ code: 'conflict' });
    await warehouse.payments().consume(first);
    await expect(warehouse.payments().consume(other)).rejects.toMatchObject({ code: 'conflict' });
    expect(await perMinute()).toEqual([
      expect.objectContaining({ payments_succeeded: '1', amount_succeeded: '2800' }),
    ]);
  });
});
