import { formatAmount } from '../../src/rendering/money.ts';

/** `Intl` puts no-break spaces between code and number. */
const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, ' ');

describe('an amount in minor units', () => {
  it.each([
    [123_456, 'EUR', 'en', '€1,234.56'],
    [123_456, 'EUR', 'de', '1.234,56 €'],
    [5, 'USD', 'en', '$0.05'],
    [0, 'USD', 'en', '$0.00'],
    [1_000, 'JPY', 'en', '¥1,000'],
    [1_500, 'KWD', 'en', 'KWD 1.500'],
    [12_345, 'CLF', 'en', 'CLF 1.2345'],
    // CLDR shows these without decimals; ISO 4217, in which events count, gives them some.
    [123_456, 'IQD', 'en', 'IQD 123.456'],
    [123_456, 'IDR', 'en', 'IDR 1,234.56'],
    [123_456, 'HUF', 'en', 'HUF 1,234.56'],
    [7, 'XAU', 'en', 'XAU 7'],
  ])('%d %s in %s: %s', (amount, currency, locale, expected) => {
    expect(plain(formatAmount(amount, currency, locale))).toBe(expected);
  });

  it('the largest one: to the last digit', () => {
    expect(formatAmount(Number.MAX_SAFE_INTEGER, 'EUR', 'en')).toBe('€90,071,992,547,409.91');
  });
});
