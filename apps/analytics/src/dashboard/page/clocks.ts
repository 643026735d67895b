/** How times are written on the page, all in the zone whose days it counts. */
export interface Clocks {
  readonly minute: Intl.DateTimeFormat;
  readonly second: Intl.DateTimeFormat;
  readonly day: Intl.DateTimeFormat;
  readonly exact: Intl.DateTimeFormat;
}

let known: { readonly timeZone: string; readonly clocks: Clocks } | undefined;

/** Making a format takes a hundred times as long as using it, so the last ones are kept. */
export function clocksOf(timeZone: string): Clocks {
  if (known?.timeZone !== timeZone) {
    const clock = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
      new Intl.DateTimeFormat(undefined, { ...options, timeZone });
    const clocks = {
      minute: clock({ hour: '2-digit', minute: '2-digit' }),
      second: clock({ timeStyle: 'medium' }),
      day: clock({ day: 'numeric', month: 'short' }),
      exact: clock({ hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 }),
    };
    known = { timeZone, clocks };
  }
  return known.clocks;
}

/** Only the clock for what is of today, with the date before for what is not. */
export function timeText(time: string, clocks: Clocks, sinceMs: number): string {
  const ms = Date.parse(time);
  return ms < sinceMs ? `${clocks.day.format(ms)}, ${clocks.second.format(ms)}` : clocks.second.format(ms);
}
