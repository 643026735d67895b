import { eventually } from '@orderstream/testing';
import { orderstream, orderstreamJson } from '../cli/orderstream.ts';
import type { SmallSystem } from '../operations/small-system.ts';

interface Caught {
  readonly messages: { readonly subject: string; readonly body: string; readonly text: string }[];
}

const ADA = {
  user_id: 'ada',
  email: 'ada@example.com',
  name: 'Ada Lovelace',
  phone: '+491701234567',
  locale: 'de',
};

const OFTEN = { deadlineMs: 60_000, intervalMs: 200 };

/** On a system without analytics, which it starts, that knows no customers. */
export function customersHearOfEverythingOnce(running: () => SmallSystem): void {
  describe('a customer registers, orders, fails to pay, pays, and cancels, through the REST API', () => {
    let system: SmallSystem;
    beforeAll(() => {
      system = running();
    });

    const post = async (path: string, body: object): Promise<Record<string, string>> => {
      const answer = await fetch(`${system.url('order-api')}/v1/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect([path, answer.status]).toEqual([path, 202]);
      return (await answer.json()) as Record<string, string>;
    };
    const caught = async (url: string, to: string): Promise<Caught['messages']> => {
      const answer = await fetch(new URL(`/api/v1/messages?to=${encodeURIComponent(to)}`, url));
      return ((await answer.json()) as Caught).messages;
    };
    const told = async () => ({
      mails: (await caught(system.mailbox.url, ADA.email))
        .map(({ subject }) => subject.replaceAll('\u00a0', ' '))
        .sort(),
      sms: (await caught(system.sms.url, ADA.phone))
        .map(({ body }) => body.replace(/ [0-9a-f-]{36}| Ref\..*/g, ''))
        .sort(),
    });
    const untilTold = (mails: readonly string[], texts: readonly string[]) =>
      eventually(
        async () => expect(await told()).toEqual({ mails: [...mails].sort(), sms: [...texts].sort() }),
        OFTEN,
      );

    it('each step is told once, in their language, to what they registered with; then they are erased', async () => {
      await post('users', ADA);
      const mails = ['Willkommen bei Orderstream'];
      await untilTold(mails, []);

      const items = [{ sku: 'tea', quantity: 2, unit_amount: 61_728 }];
      const { order_id = '' } = await post('orders', { customer_id: 'ada', currency: 'EUR', items });
      const texts = ['Ihre Bestellung ist bestätigt. Summe: 1.234,56 EUR.'];
      mails.push('Ihre Bestellung ist bestätigt: 1.234,56 €');
      await untilTold(mails, texts);

      const payment = { order_id, currency: 'EUR', amount: 123_456, method: 'card' };
      await post('payments', {
        ...payment,
        payment_id: 'p-1',
        outcome: 'failed',
        failure_code: 'card_declined',
      });
      mails.push('Ihre Zahlung über 1.234,56 € ist fehlgeschlagen');
      await untilTold(mails, texts);
      await post('payments', { ...payment, payment_id: 'p-2', outcome: 'succeeded' });
      // The provider repeats itself.
      await post('payments', { ...payment, payment_id: 'p-2', outcome: 'succeeded' });
      mails.push('Ihre Zahlung ist eingegangen: 1.234,56 €');
      await untilTold(mails, texts);

      await post(`orders/${order_id}/cancellation`, { reason: 'doppelt' });
      mails.push('Ihre Bestellung ist storniert');
      texts.push('Ihre Bestellung ist storniert.');
      await untilTold(mails, texts);
      const unsent = "SELECT 1 FROM notifier.notifications WHERE state <> 'sent'";
      await eventually(async () => expect(await system.rows('notifier', unsent)).toEqual([]), OFTEN);
      const listed = await orderstreamJson<{ counts: { state: string; count: number }[] }>(
        ['notifications', 'list', '--customer', 'ada'],
        system.env,
      );
      expect(new Set(listed.counts.map(({ state }) => state))).toEqual(new Set(['sent']));

      // Analytics was not there all the while: what it has still to handle speaks of ada.
      const tooSoon = await orderstream(['erase', 'ada', '--dry-run', '--wait', '0'], system.env);
      expect(tooSoon.stderr).toMatch(/records of users that analytics has still to handle/);
      await system.startService('analytics');
      const erased = await orderstream(['erase', 'ada', '--yes', '--wait', '1m'], system.env);
      expect(erased).toMatchObject({ code: 0 });
      expect(await system.rows('analytics', `SELECT 1 FROM warehouse.users`)).toEqual([]);
      expect(await system.rows('notifier', `SELECT 1 FROM notifier.customers`)).toEqual([]);
      // They order again, and nobody is told: nothing is known of them any more.
      const again = await post('orders', { customer_id: 'ada', currency: 'EUR', items });
      await eventually(async () => {
        const rows = await system.rows(
          'notifier',
          'SELECT state FROM notifier.notifications WHERE order_id = $1',
          [again['order_id']],
        );
        expect(rows).toEqual([{ state: 'suppressed' }]);
      }, OFTEN);
      await untilTold(mails, texts);
    }, 240_000);
  });
}
