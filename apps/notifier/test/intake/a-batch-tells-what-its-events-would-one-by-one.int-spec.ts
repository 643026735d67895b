import { uuidv7 } from '@orderstream/events';
import { confirmation } from '../support/confirmation.ts';
import { failure, registration } from '../support/events.ts';
import { minutesAgo, testIntake, type Batch } from '../support/test-intake.ts';
import { useTestLedger } from '../support/test-ledger.ts';

const together = (batch: Batch): Batch => batch;
const oneByOne =
  (batch: Batch): Batch =>
  async (...events) => {
    for (const event of events) await batch(event);
  };
const WAYS = [
  ['in one batch', together],
  ['one by one', oneByOne],
] as const;

describe('several events of one order or customer, on real PostgreSQL', () => {
  const own = useTestLedger();
  const { orders, payments, users } = testIntake(own);

  const told = async (template: string, channel = 'email') =>
    (await own.rows()).filter((row) => row.template === template && row.channel === channel);
  /** An order without a contact, after a first registration and before a second. */
  const orderBetween = () => ({ ...confirmation(), timestamp: minutesAgo(20) });
  const first = (phone?: string) =>
    registration({ email: 'first@example.com', ...(phone === undefined ? {} : { phone }) }, minutesAgo(40));
  const second = (phone?: string) =>
    registration({ email: 'second@example.com', ...(phone === undefined ? {} : { phone }) }, minutesAgo(10));

  it.each(WAYS)(
    'orders are confirmed again with another contact, %s: a failed payment goes where the confirmation went',
    async (_how, way) => {
      // Neither sorted nor few: an order that is not asked for shows only when there is something to sort.
      const ids = Array.from({ length: 40 }, () => uuidv7()).reverse();
      await way(orders)(
        ...ids.map((id, index) => confirmation(`first-${index}@example.com`, id)),
        ...ids.map((id, index) => confirmation(`second-${index}@example.com`, id)),
      );
      await payments(...ids.map((id) => failure(id)));
      const confirmed = (await told('order-confirmed')).map(({ recipient }) => recipient);
      expect(confirmed).toEqual(ids.map((_, index) => `first-${index}@example.com`));
      const failed = (await told('payment-failed')).map(({ recipient }) => recipient);
      expect(failed.sort()).toEqual(confirmed.sort());
    },
  );

  it('a customer registered, ordered, registered again, and the registrations arrive in one batch: told of the order at the newest address', async () => {
    await orders(orderBetween());
    await users(first(), second());
    expect(await told('order-confirmed')).toMatchObject([
      { state: 'queued', recipient: 'second@example.com' },
    ]);
    expect(await told('welcome')).toHaveLength(1);
  });

  it('they arrive the other way round, one by one: told all the same', async () => {
    await orders(orderBetween());
    await users(second());
    await users(first());
    expect(await told('order-confirmed')).toMatchObject([
      { state: 'queued', recipient: 'second@example.com' },
    ]);
  });

  it('both name a number: the SMS goes to the newest one', async () => {
    await orders(orderBetween());
    await users(first('+491700000001'), second('+491700000002'));
    expect(await told('order-confirmed', 'sms')).toMatchObject([
      { state: 'queued', recipient: '+491700000002' },
    ]);
  });

  it.each(WAYS)('only the second names a number, %s: no SMS of what was before', async (_how, way) => {
    await orders(orderBetween());
    await way(users)(first(), second('+491700000002'));
    expect(await told('order-confirmed', 'sms')).toEqual([]);
    expect(await told('order-confirmed')).toMatchObject([{ state: 'queued' }]);
  });

  it('an old registration comes again, and there was no number in between: no SMS of what was then', async () => {
    const before = registration({ phone: '+491700000001' }, minutesAgo(60));
    await users(before, first());
    await orders(orderBetween());
    await users(second('+491700000002'));
    await users(before);
    expect(await told('order-confirmed', 'sms')).toEqual([]);
  });
});
