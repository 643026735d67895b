import { uuidv7, type Envelope } from '@orderstream/events';
import { confirmation } from '../support/confirmation.ts';
import { cancellation, failure, paid, registration, suspicion } from '../support/events.ts';
import { minutesAgo, testIntake } from '../support/test-intake.ts';
import { useTestLedger } from '../support/test-ledger.ts';

const REGISTERED = { state: 'queued', recipient: 'registered@example.com' };

describe('events of several topics, in any order, on real PostgreSQL', () => {
  const own = useTestLedger();
  const { orders, payments, users, alerts } = testIntake(own);

  const told = async (template: string) => (await own.rows()).filter((row) => row.template === template);

  it('a customer registers, then orders without contact: mail and SMS to what they registered with', async () => {
    await users(registration({ phone: '+491701234567', locale: 'de' }, minutesAgo(1)));
    await orders(confirmation());
    expect(await told('welcome')).toMatchObject([{ ...REGISTERED, locale: 'de' }]);
    expect(await told('order-confirmed')).toMatchObject([
      { ...REGISTERED, locale: 'de', channel: 'email' },
      { state: 'queued', recipient: '+491701234567', channel: 'sms' },
    ]);
  });

  it('the registration arrives after the order it came before: the mail goes out all the same', async () => {
    await orders(confirmation());
    expect(await told('order-confirmed')).toMatchObject([{ state: 'suppressed' }]);
    await users(registration({ locale: 'de' }, minutesAgo(1)));
    expect(await told('order-confirmed')).toMatchObject([{ ...REGISTERED, reason_code: null, locale: 'de' }]);
  });

  it('the number arrives after the orders it was there before: their SMS go out all the same, once', async () => {
    const [bare, own_contact] = [confirmation(), confirmation('order@example.com')];
    const withNumber = confirmation('order@example.com', uuidv7(), '+491700000000');
    const event = paid(bare.payload.order_id);
    await orders(bare, own_contact, withNumber, event);
    const registered = registration({ phone: '+491701234567', locale: 'de' }, minutesAgo(1));
    await users(registered);
    await users(registered);
    await orders(bare);
    const [first, ...later] = (await own.rows()).filter(({ channel }) => channel === 'sms');
    const named = { state: 'queued', recipient: '+491700000000', event_id: withNumber.event_id };
    expect(first).toMatchObject(named);
    // Events of one millisecond have no order among them.
    const inOrder = later.sort((a, b) => (a.event_id < b.event_id ? -1 : 1));
    const eventIds = [bare.event_id, own_contact.event_id].sort();
    expect(inOrder).toMatchObject(
      eventIds.map((event_id) => ({
        ...{ state: 'queued', recipient: '+491701234567', locale: 'de', event_id },
        message_id: `<${event_id}.sms@shop.example>`,
      })),
    );
  });

  it('a number, of somebody who registers long after ordering: no SMS of what is past', async () => {
    await orders(confirmation('order@example.com'));
    await users(registration({ phone: '+491701234567' }, new Date(Date.now() + 600_000).toISOString()));
    expect(await told('order-confirmed')).toMatchObject([{ channel: 'email' }]);
  });

  it('a number, of somebody who was erased meanwhile: no SMS of what is past', async () => {
    await orders(confirmation('order@example.com'));
    await own.testDatabase.query(
      `UPDATE notifier.notifications SET recipient = NULL, state = 'suppressed', next_attempt_at = NULL, erased_at = now()`,
    );
    await users(registration({ phone: '+491701234567' }, minutesAgo(1)));
    expect(await told('order-confirmed')).toMatchObject([{ channel: 'email' }]);
  });

  it('the clock of who registers them is ahead by some minutes: the mail goes out all the same', async () => {
    await orders(confirmation());
    await users(registration({}, new Date(Date.now() + 120_000).toISOString()));
    expect(await told('order-confirmed')).toMatchObject([REGISTERED]);
  });

  it('somebody registers long after ordering: nobody is told of what is past', async () => {
    await orders(confirmation());
    await users(registration({}, new Date(Date.now() + 600_000).toISOString()));
    expect(await told('order-confirmed')).toMatchObject([{ state: 'suppressed' }]);
  });

  it('a payment fails before the order is known: told once it is, to its contact', async () => {
    const orderId = uuidv7();
    await payments(failure(orderId), failure(orderId, 'p-2'), failure(orderId, 'p-2'));
    expect((await told('payment-failed')).every(({ state }) => state === 'suppressed')).toBe(true);
    await orders(confirmation('order@example.com', orderId));
    const queued = (await told('payment-failed')).filter(({ state }) => state === 'queued');
    expect(queued).toMatchObject([{ recipient: 'order@example.com' }, { recipient: 'order@example.com' }]);
    await orders(confirmation('order@example.com', orderId));
    expect((await told('payment-failed')).filter(({ state }) => state === 'queued')).toHaveLength(2);
  });

  it('a payment fails for a known order: told; the provider repeats itself: not again', async () => {
    const event = confirmation('order@example.com');
    await orders(event);
    await payments(failure(event.payload.order_id, 'p-1'), failure(event.payload.order_id, 'p-1'));
    await payments(failure(event.payload.order_id, 'p-1'));
    expect(await told('payment-failed')).toHaveLength(1);
  });

  it('it fails after the order was paid or cancelled: nobody is told', async () => {
    const event = confirmation('order@example.com');
    const { order_id } = event.payload;
    await orders(event, paid(order_id, { email: 'order@example.com' }));
    await payments(failure(order_id));
    await orders(cancellation(order_id, { email: 'order@example.com' }));
    await payments(failure(order_id));
    const [first, second] = await told('payment-failed');
    expect([first, second]).toMatchObject([
      { state: 'suppressed', reason_code: 'order-settled' },
      { state: 'suppressed', reason_code: 'order-settled' },
    ]);
  });

  it.each([
    ['in one batch', (...events: Envelope[]) => orders(...events)],
    [
      'one after the other',
      async (...events: Envelope[]) =>
        events.reduce(async (done, event) => (await done, orders(event)), Promise.resolve()),
    ],
  ])(
    'an order’s events, with clocks that went back, and again, %s: it only goes forward',
    async (_how, arrive) => {
      const contact = { email: 'order@example.com' };
      const status = async (order_id: string) => {
        const [row] = await own.testDatabase.query<{ status: string }>(
          'SELECT status FROM notifier.orders WHERE order_id = $1',
          [order_id],
        );
        return row?.status;
      };
      const confirmed = confirmation('order@example.com');
      const { order_id } = confirmed.payload;
      await arrive(confirmed, { ...paid(order_id, contact), timestamp: minutesAgo(1) });
      expect(await status(order_id)).toBe('paid');
      await arrive(
        { ...cancellation(order_id, contact), timestamp: minutesAgo(2) },
        paid(order_id, contact),
        confirmed,
      );
      expect(await status(order_id)).toBe('cancelled');
      await payments(failure(order_id));
      expect(await told('payment-failed')).toMatchObject([
        { state: 'suppressed', reason_code: 'order-settled' },
      ]);
    },
  );

  it('a payment and its order at the same moment: the payment is told of, whoever commits first', async () => {
    const ids = Array.from({ length: 30 }, () => uuidv7());
    await Promise.all(
      ids.flatMap((orderId) => [
        payments(failure(orderId)),
        orders(confirmation('order@example.com', orderId)),
      ]),
    );
    expect((await told('payment-failed')).map(({ state }) => state)).toEqual(ids.map(() => 'queued'));
  });

  it('registered again with other details: the newest counts, whichever arrives last; welcomed once', async () => {
    await users(registration({ email: 'new@example.com' }, minutesAgo(1)));
    await users(registration({ email: 'old@example.com' }, minutesAgo(9)));
    await orders(confirmation());
    expect(await told('order-confirmed')).toMatchObject([{ recipient: 'new@example.com' }]);
    expect(await told('welcome')).toHaveLength(1);
  });

  it('an alert comes again: one mail to each operator', async () => {
    const event = suspicion();
    await alerts(event, event);
    await alerts(event);
    expect(await own.rows()).toMatchObject([{ recipient: 'ops@shop.example', template: 'operator-alert' }]);
  });

  it('a record comes again after somebody has registered: nobody is told of what is past', async () => {
    const event = confirmation();
    await orders(event);
    await users(registration({ phone: '+491701234567' }, new Date(Date.now() + 600_000).toISOString()));
    await orders(event);
    expect(await told('order-confirmed')).toMatchObject([{ state: 'suppressed' }]);
  });

  it('what was erased does not come back with its record', async () => {
    const event = confirmation('order@example.com');
    await orders(event);
    await own.testDatabase.query(
      `UPDATE notifier.notifications SET recipient = NULL, state = 'suppressed', next_attempt_at = NULL, erased_at = now()`,
    );
    await orders(event);
    expect(await own.rows()).toMatchObject([{ state: 'suppressed', recipient: null }]);
  });
});
