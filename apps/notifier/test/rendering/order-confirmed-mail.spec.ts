import { renderMail } from '../../src/rendering/render-mail.ts';

const data = {
  order_id: '019a0000-0000-7000-8000-000000000001',
  currency: 'EUR',
  amount_total: 1_234_56,
  item_count: 3,
  confirmed_at: '2026-06-13T10:05:00.000Z',
};

describe('the mail order-confirmed', () => {
  it('subject and text: say what is confirmed', () => {
    const { subject, text } = renderMail('order-confirmed', data, 'en');
    expect(subject).toBe('Your order is confirmed: €1,234.56');
    expect(text.replaceAll('\u202f', ' ')).toBe(`Thank you for your order

We have checked it and everything is in place: your order is confirmed. There is nothing you need to do.

  Order:           019a0000-0000-7000-8000-000000000001
  Contents:        3 items
  Confirmed:       June 13, 2026 at 10:05 AM UTC
  Total:           €1,234.56

Please keep the order number: it is all we need to find your order again.

--${' '}
You receive this message because of an order placed with this address.`);
  });

  it('HTML: holds everything the text does', () => {
    const { subject, html } = renderMail('order-confirmed', data, 'en');
    for (const part of [subject, 'Thank you for your order', data.order_id, '3 items', '€1,234.56']) {
      expect(html).toContain(part);
    }
    expect(html).toMatch(/^<!doctype html>/);
  });

  it('one item: not "1 items"', () => {
    expect(renderMail('order-confirmed', { ...data, item_count: 1 }, 'en').text).toContain('1 item\n');
  });

  it('a value with markup in it: shown as text, neither as markup nor twice escaped', () => {
    const { html, text } = renderMail('order-confirmed', { ...data, order_id: `<script>"&'</script>` }, 'en');
    expect(html).not.toContain('<script>');
    expect(html).toContain('&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;');
    expect(text).toContain(`<script>"&'</script>`);
  });

  it('data without something the template names: an error, not a mail with a hole in it', () => {
    expect(() =>
      renderMail('order-confirmed', { ...data, order_id: undefined as unknown as string }, 'en'),
    ).toThrow(TypeError);
  });
});
