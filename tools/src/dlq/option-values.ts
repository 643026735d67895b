import { InvalidArgumentError } from 'commander';

const UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** For commander: `500ms`, `60s`, `2m`; a bare `0` too. @throws InvalidArgumentError */
export function parseDurationMs(text: string): number {
  const [, amount, unit] = /^(\d{1,6})(ms|s|m|h)$/.exec(text) ?? [];
  if (text === '0') return 0;
  if (amount !== undefined && unit !== undefined) return Number(amount) * (UNITS_MS[unit] as number);
  throw new InvalidArgumentError('It must be a duration, as 500ms, 60s or 2m, or 0.');
}

/** For commander: `100/s` or `100`. @throws InvalidArgumentError */
export function parseRate(text: string): number {
  const rate = Number(/^(\d{1,6})(\/s)?$/.exec(text)?.[1]);
  if (rate >= 1) return rate;
  throw new InvalidArgumentError('It must be records per second, as 100/s.');
}

/** For commander. @throws InvalidArgumentError */
export function parseWholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}
