import { uuidv7 } from '@orderstream/events';
import {
  planLateSms,
  planNotifications,
  reviseSuppressed,
} from '../../src/intake/plan-notifications.rules.ts';
import type { Customer, KnownOrder, People } from '../../src/people/people.ts';
import { confirmation } from '../support/confirmation.ts';
import { cancellation, failure, paid, registration, rejection, suspicion } from '../support/events.ts';
import { NOBODY, PLAN } from '../support/planning.ts';

const ADA: Customer = { email: 'ada@example.com', phone: '+491701234567', name: 'Ada', locale: 'de-AT' };
const registered: People = { customers: new Map([['c-1', ADA]]), orders: new Map() };

function knowing(order_id: string, order: Partial<KnownOrder> = {}): People {
  const known = { customer_id: 'c-1', email: null, phone: null, status: 'confirmed' as const, ...order };
  return { customers: registered.customers, orders: new Map([[order_id, known]]) };
}

describe('order.confirmed', () => {
  it('with an e-mail address: one mail to it, with a Message-ID that depends on event and channel alone', () => {
    const event = confirmation('ada@example.com');
    const planned = planNotifications(event, NOBODY, PLAN);
    expect(planned).toEqual([
      {
        event_id: event.event_id,
        channel: 'email',
        recipient: 'ada@example.com',
        template: 'order-confirmed',
        data: {
          order_id: event.payload.order_id,
          currency: 'EUR',
          amount_total: 1_999,
          item_count: 2,
          confirmed_at: event.timestamp,
        },
        locale: 'en',
        order_id: event.payload.order_id,
        customer_id: 'c-1',
        about: event.payload.order_id,
        happened_at: event.timestamp,
        message_id: `<${event.event_id}.email@shop.example>`,
        state: 'queued',
        reason_code: null,
        reason_status: null,
      },
    ]);
    expect(planNotifications(event, NOBODY, PLAN)).toEqual(planned);
  });

  it('without one, and nobody registered: planned all the same, with nobody to tell', () => {
    expect(planNotifications(confirmation(), NOBODY, PLAN)).toMatchObject([
      { channel: 'email', recipient: null, state: 'suppressed', reason_code: 'no-recipient' },
    ]);
  });

  it('without contact, of a registered customer: to what they registered with, in their language', () => {
    expect(planNotifications(confirmation(), registered, PLAN)).toMatchObject([
      { channel: 'email', recipient: ADA.email, locale: 'de-AT', data: { name: 'Ada' } },
      { channel: 'sms', recipient: ADA.phone, locale: 'de-AT' },
    ]);
  });

  it('the order’s own contact: before the registered one', () => {
    const [email, sms] = planNotifications(confirmation('other@example.com'), registered, PLAN);
    expect(email).toMatchObject({ recipient: 'other@example.com', data: { name: 'Ada' } });
    expect(sms).toMatchObject({ recipient: ADA.phone });
  });

  it('what is kept to write the mail: holds no contact details', () => {
    for (const { data } of planNotifications(confirmation(), registered, PLAN)) {
      expect(JSON.stringify(data)).not.toMatch(/@|\+49/);
    }
  });

  it('a database that is gone has handled it: unknown', () => {
    expect(planNotifications(confirmation('ada@example.com'), NOBODY, PLAN, true)).toMatchObject([
      { state: 'unknown', reason_code: 'database-restored', recipient: 'ada@example.com' },
    ]);
  });
});

describe('what else is told', () => {
  const orderId = uuidv7();
  const contact = { email: 'ada@example.com', phone: '+491701234567' };
  const toldBy = (event: Parameters<typeof planNotifications>[0], people: People = NOBODY) =>
    planNotifications(event, people, PLAN).map(({ template, channel }) => `${channel} ${template}`);

  it('each event its template; an SMS of confirmations and cancellations only', () => {
    expect(toldBy(cancellation(orderId, contact))).toEqual(['email order-cancelled', 'sms order-cancelled']);
    expect(toldBy(rejection(orderId, contact))).toEqual(['email order-rejected']);
    expect(toldBy(paid(orderId, contact))).toEqual(['email payment-receipt']);
    expect(toldBy(registration({ phone: '+491701234567' }))).toEqual(['email welcome']);
    expect(toldBy(failure(orderId), knowing(orderId))).toEqual(['email payment-failed']);
    expect(toldBy(suspicion())).toEqual(['email operator-alert']);
  });

  it('an alert: one to each configured address; without any, suppressed', () => {
    const settings = { ...PLAN, operators: ['a@ops.example', 'b@ops.example'] };
    const to = planNotifications(suspicion(), NOBODY, settings).map(({ recipient }) => recipient);
    expect(to).toEqual(['a@ops.example', 'b@ops.example']);
    expect(planNotifications(suspicion(), NOBODY, { ...PLAN, operators: [] })).toMatchObject([
      { recipient: null, state: 'suppressed' },
    ]);
  });
});

describe('an SMS whose number arrives after its event', () => {
  const [mail] = planNotifications(confirmation('order@example.com'), NOBODY, PLAN);
  const { event_id, template, data, order_id, customer_id, about, happened_at } = mail as NonNullable<
    typeof mail
  >;
  const told = { event_id, template, data, order_id, customer_id, about, happened_at };
  const planOf = (wasToldBefore: boolean, wasHandledBefore: boolean) =>
    planLateSms({ ...told, was_handled_before: wasToldBefore }, registered, PLAN, wasHandledBefore);

  it('is what it would have been, had it been known', () => {
    const message_id = `<${event_id}.sms@shop.example>`;
    const sms = { channel: 'sms', recipient: ADA.phone, locale: 'de-AT', message_id, about, state: 'queued' };
    expect(planOf(false, false)).toMatchObject([sms]);
  });

  it.each([
    [true, false],
    [false, true],
  ])('a database that is gone has handled event %s, or registration %s: unknown', (event, registration) => {
    expect(planOf(event, registration)).toMatchObject([
      { state: 'unknown', reason_code: 'database-restored' },
    ]);
  });

  it('nobody known, or no number: none', () => {
    const without: People = { customers: new Map([['c-1', { ...ADA, phone: null }]]), orders: new Map() };
    for (const people of [NOBODY, without])
      expect(planLateSms({ ...told, was_handled_before: false }, people, PLAN, false)).toEqual([]);
  });
});

describe('payment.failed, which does not say whose it is', () => {
  const order_id = uuidv7();
  const planOf = (people: People) => planNotifications(failure(order_id, 'p-9'), people, PLAN)[0];

  it('the order named a contact: to that', () => {
    expect(planOf(knowing(order_id, { email: 'order@example.com' }))).toMatchObject({
      recipient: 'order@example.com',
      customer_id: 'c-1',
      about: `${order_id} p-9`,
      data: { name: 'Ada' },
    });
  });

  it('it named none: to what the customer registered with', () => {
    expect(planOf(knowing(order_id))).toMatchObject({ recipient: ADA.email, locale: 'de-AT' });
  });

  it('the order is not known yet: suppressed until it is', () => {
    const planned = planOf(NOBODY);
    expect(planned).toMatchObject({ recipient: null, state: 'suppressed', reason_code: 'order-unknown' });
    const waiting = { ...planned, notification_id: '1' } as Parameters<typeof reviseSuppressed>[0];
    expect(reviseSuppressed(waiting, knowing(order_id), PLAN, false)).toEqual({
      notification_id: '1',
      recipient: ADA.email,
      customer_id: 'c-1',
      data: { ...planned?.data, name: 'Ada' },
      locale: 'de-AT',
      state: 'queued',
      reason_code: null,
    });
  });

  it('it was handled before by a database that is gone: unknown, also when the order is known later', () => {
    const [planned] = planNotifications(failure(order_id), NOBODY, PLAN, true);
    const waiting = { ...planned, notification_id: '1' } as Parameters<typeof reviseSuppressed>[0];
    expect(reviseSuppressed(waiting, knowing(order_id), PLAN, false)).toMatchObject({
      state: 'unknown',
      reason_code: 'database-restored',
    });
  });

  it.each(['paid', 'cancelled', 'rejected'] as const)('the order is %s by now: nobody is told', (status) => {
    const people = knowing(order_id, { status, email: 'order@example.com' });
    expect(planOf(people)).toMatchObject({ state: 'suppressed', reason_code: 'order-settled' });
  });
});
