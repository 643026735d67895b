import { Problem } from '@orderstream/service';

/** 429: this batch had no effect. */
export function tooManyWebEvents(cause?: unknown): Problem {
  return new Problem({
    status: 429,
    kind: 'too-many-web-events',
    title: 'Too many web events',
    detail:
      'More web events are under way than can be taken now. This batch had no effect; it may be repeated.',
    cause,
  });
}
