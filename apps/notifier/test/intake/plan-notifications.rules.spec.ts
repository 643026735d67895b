import { planNotifications } from '../../src/intake/plan-notifications.rules.ts';
import { confirmation } from '../support/confirmation.ts';

describe('order.confirmed', () => {
  it('with an e-mail address: one mail to it, with a Message-ID that depends on event and channel alone', () => {
    const event = confirmation('ada@example.com');
    const planned = planNotifications(event, 'shop.example');
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
        order_id: event.payload.order_id,
        message_id: `<${event.event_id}.email@shop.example>`,
      },
    ]);
    expect(planNotifications(event, 'shop.example')).toEqual(planned);
  });

  it('without one: planned all the same, with nobody to tell', () => {
    expect(planNotifications(confirmation(), 'shop.example')).toMatchObject([
      { channel: 'email', recipient: null },
    ]);
  });

  it('what is kept to write the mail: holds no contact details', () => {
    const [planned] = planNotifications(confirmation('ada@example.com'), 'shop.example');
    expect(JSON.stringify(planned?.data)).not.toContain('ada');
  });
});
