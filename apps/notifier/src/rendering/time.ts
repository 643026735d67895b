const formats = new Map<string, Intl.DateTimeFormat>();

/** An RFC 3339 time in UTC, for people; the template says that it is UTC, because nobody told us where they are. */
export function formatTime(timestamp: string, locale: string): string {
  const known = formats.get(locale);
  const format =
    known ?? new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  if (!known) formats.set(locale, format);
  return format.format(new Date(timestamp));
}
