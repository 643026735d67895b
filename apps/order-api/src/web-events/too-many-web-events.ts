import { Problem } from '@orderstream/service';

/** 429: this request had no effect. Before its body is read nobody knows of an earlier one under its key. */
export function tooManyWebEvents(cause?: unknown): Problem {
  return new Problem({
    status: 429,
    kind: 'too-many-web-events',
    title: 'Too many web events',
    detail:
      'More web events are under way than can be taken now. This request had no effect; what an earlier one with the same ' +
      'Idempotency-Key has done stands. It may be repeated.',
    cause,
  });
}
