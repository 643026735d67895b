const counts = new Intl.NumberFormat();
const shares = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });
const formats = new Map<string, Intl.NumberFormat>();

/** 12345 as the reader writes it. */
export function countText(count: number): string {
  return counts.format(count);
}

export function shareText(share: number): string {
  return shares.format(share);
}

/** An amount in minor units as the reader writes money of this currency, exact to the last digit. */
export function moneyText(minorUnits: string | number, currency: string, digits: number): string {
  return formatOf({ style: 'currency', currency }, digits).format(decimalOf(String(minorUnits), digits));
}

/** The same without the currency, for where it is said already. */
export function amountText(minorUnits: string, digits: number): string {
  return formatOf({}, digits).format(decimalOf(minorUnits, digits));
}

/** Making a format takes a hundred times as long as using it. */
function formatOf(options: Intl.NumberFormatOptions, digits: number): Intl.NumberFormat {
  const key = `${options.currency ?? ''} ${digits}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(undefined, {
      ...options,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    formats.set(key, format);
  }
  return format;
}

/** `"1250"` with 2 digits is `"12.50"`: moved as text, because a sum may outgrow what a number keeps exact. */
export function decimalOf(minorUnits: string, digits: number): Intl.StringNumericLiteral {
  const padded = minorUnits.padStart(digits + 1, '0');
  const whole = padded.slice(0, padded.length - digits);
  const decimal = digits === 0 ? whole : `${whole}.${padded.slice(-digits)}`;
  return decimal as Intl.StringNumericLiteral;
}

/** A stretch of time as briefly as it can be said: 85 ms, 1.4 s, 12 min. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}\u00a0ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)}\u00a0s`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)}\u00a0s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)}\u00a0min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)}\u00a0h`;
  return `${Math.round(ms / 86_400_000)}\u00a0days`;
}

const shorts = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

/** 1.2K, 3.4M: for an axis. */
export function shortText(value: number): string {
  return shorts.format(value);
}
