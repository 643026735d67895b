import { InvalidArgumentError } from 'commander';

/** A place in a topic, as a person names it. */
export type LogPosition =
  | { readonly kind: 'beginning' }
  | { readonly kind: 'now' }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'time'; readonly timeMs: number };

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** For commander. @throws InvalidArgumentError */
export function parsePosition(text: string): LogPosition {
  if (text === 'beginning' || text === 'now') return { kind: text };
  if (/^\d{1,15}$/.test(text)) return { kind: 'offset', offset: Number(text) };
  const timeMs = rfc3339Ms(text);
  if (timeMs !== undefined) return { kind: 'time', timeMs };
  throw new InvalidArgumentError(
    `It must be an offset (1200), an RFC 3339 time with its zone (${EXAMPLE}), "beginning" or "now".`,
  );
}

/** For commander: Unix ms of an RFC 3339 time. @throws InvalidArgumentError */
export function parseTime(text: string): number {
  const timeMs = rfc3339Ms(text);
  if (timeMs !== undefined) return timeMs;
  throw new InvalidArgumentError(`It must be an RFC 3339 time with its zone, as ${EXAMPLE}.`);
}

const EXAMPLE = '2026-06-13T10:00:00Z or 2026-06-13T12:00:00+02:00';

function rfc3339Ms(text: string): number | undefined {
  if (!RFC_3339.test(text)) return undefined;
  const timeMs = Date.parse(text.replace(' ', 'T').toUpperCase());
  if (Number.isNaN(timeMs)) return undefined;
  // Date takes 30 February for 2 March.
  const day = text.slice(0, 10);
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day) ? timeMs : undefined;
}
