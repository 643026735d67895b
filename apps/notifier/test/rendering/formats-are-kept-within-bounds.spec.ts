import { jest } from '@jest/globals';
import { FormatCache } from '../../src/rendering/format-cache.ts';
import { formatAmount } from '../../src/rendering/money.ts';
import { formatTime } from '../../src/rendering/time.ts';

/** Regions that nobody lives in are locales all the same. */
const LOCALES = Array.from({ length: 300 }, (_, index) => `en-${String(index + 100)}`);

/** How often `use` makes a format of the first locale when all others are used in between. */
function timesMade(of: 'NumberFormat' | 'DateTimeFormat', use: (locale: string) => string): number {
  const made = jest.spyOn(Intl, of);
  try {
    for (const locale of ['en-100', ...LOCALES, 'en-100']) use(locale);
    return made.mock.calls.filter(([locale]) => locale === 'en-100').length;
  } finally {
    made.mockRestore();
  }
}

describe('formats', () => {
  it('of the same locale: made once', () => {
    const cache = new FormatCache<object>();
    const first = cache.get('en', () => ({}));
    expect(cache.get('en', () => ({}))).toBe(first);
  });

  it('of more locales than are kept: amounts and times are forgotten, and made anew', () => {
    expect(timesMade('NumberFormat', (locale) => formatAmount(1, 'EUR', locale))).toBe(2);
    expect(timesMade('DateTimeFormat', (locale) => formatTime('2026-06-13T10:00:00Z', locale))).toBe(2);
  });
});
