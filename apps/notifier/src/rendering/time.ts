import { FormatCache } from './format-cache.ts';

const formats = new FormatCache<Intl.DateTimeFormat>();

/** An RFC 3339 time in UTC, for people; the template says that it is UTC, because nobody told us where they are. */
export function formatTime(timestamp: string, locale: string): string {
  const options = { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' } as const;
  const format = formats.get(locale, () => new Intl.DateTimeFormat(locale, options));
  return format.format(new Date(timestamp));
}
