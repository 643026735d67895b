import { minorUnitDigits } from '@orderstream/events';
import { FormatCache } from './format-cache.ts';

type Display = 'symbol' | 'code';

const formats = new FormatCache<Intl.NumberFormat>();

/**
 * `12345` minor units of EUR in `en`: "€123.45", by `code` "EUR 123.45". Exact up to the largest safe integer: the decimal point is set
 * in the text.
 */
export function formatAmount(
  amount: number,
  currency: string,
  locale: string,
  display: Display = 'symbol',
): string {
  const decimals = minorUnitDigits(currency);
  const digits = String(amount).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const decimal = decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`;
  return formatOf(currency, locale, decimals, display).format(decimal as Intl.StringNumericLiteral);
}

function formatOf(currency: string, locale: string, decimals: number, display: Display): Intl.NumberFormat {
  return formats.get(
    `${locale} ${currency} ${display}`,
    () =>
      new Intl.NumberFormat(locale, {
        style: 'currency',
        currency,
        currencyDisplay: display,
        minimumFractionDigits: decimals,
        maximumFractionDigits: decimals,
      }),
  );
}
