import { LANGUAGES } from '../../src/rendering/locale.ts';
import { countSegments } from '../../src/sms/count-segments.ts';
import { referenceOf } from '../../src/sms/reference.rules.ts';
import { renderSms, SMS_TEMPLATES } from '../../src/sms/render-sms.ts';

const data = {
  order_id: '019a0000-0000-7000-8000-000000000001',
  currency: 'EUR',
  amount_total: Number.MAX_SAFE_INTEGER,
  item_count: 100,
  confirmed_at: '2026-06-13T10:05:00.000Z',
  cancelled_at: '2026-06-13T10:05:00.000Z',
};
const reference = '7KQ2M9XD4A';

describe('an SMS', () => {
  it('says what, how much, and our reference', () => {
    const amount_total = 1_234_56;
    expect(renderSms('order-confirmed', { ...data, amount_total }, { locale: 'de', reference })).toBe(
      `Ihre Bestellung ${data.order_id} ist bestätigt. Summe: 1.234,56 EUR. Ref. ${reference}`,
    );
  });

  it.each(SMS_TEMPLATES.flatMap((template) => LANGUAGES.map((locale) => [template, locale] as const)))(
    '%s in %s: one part, whatever the amount and the currency',
    (template, locale) => {
      for (const currency of ['EUR', 'JPY', 'INR', 'KWD']) {
        const body = renderSms(template, { ...data, currency }, { locale, reference });
        expect([body, countSegments(body)]).toEqual([body, 1]);
      }
    },
  );
});

describe('parts', () => {
  it.each([
    ['x'.repeat(160), 1],
    ['x'.repeat(161), 2],
    ['x'.repeat(306), 2],
    ['x'.repeat(307), 3],
    ['€'.repeat(80), 1],
    ['€'.repeat(81), 2],
    // 152 septets and one of two: it is not split, so the second part begins with it.
    [`${'x'.repeat(152)}€${'x'.repeat(152)}`, 3],
    ['я'.repeat(70), 1],
    ['я'.repeat(71), 2],
    ['😀'.repeat(35), 1],
    [`${'я'.repeat(66)}😀${'я'.repeat(66)}`, 3],
  ])('%#: %j', (body, count) => {
    expect(countSegments(body)).toBe(count);
  });
});

it('the reference: depends on the Message-ID alone, and differs from any other', () => {
  const ids = Array.from({ length: 10_000 }, (_, index) => `<${index}.sms@shop.example>`);
  expect(new Set(ids.map(referenceOf)).size).toBe(ids.length);
  expect(referenceOf('<1.sms@shop.example>')).toMatch(/^[0-9A-HJKMNP-TV-Z]{10}$/);
  expect(referenceOf('<1.sms@shop.example>')).toBe(referenceOf('<1.sms@shop.example>'));
});
