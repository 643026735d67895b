import type { PayloadOf, fraudSuspected } from '@orderstream/events';

/** What a rule found, named as the event and the columns. `window` has both of its ends. */
export type Suspicion = PayloadOf<typeof fraudSuspected> & { readonly subject_type: 'customer' | 'contact' };

/** 0.5 where a limit is just passed, towards 1 the further it is: a rank for who looks at them, not a probability. */
export function scoreOf(shareOfLimit: number): number {
  return Math.round((1 - shareOfLimit / 2) * 100) / 100;
}

/** @param startMs, endMs Unix ms */
export function windowOf(startMs: number, endMs: number): Suspicion['window'] {
  return { start: new Date(startMs).toISOString(), end: new Date(endMs).toISOString() };
}
