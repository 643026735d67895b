import type { Notification } from './notification.ts';
import type { State } from './selection.ts';

/** What a person may say of a notification: what became of it, or that it must not go out. */
export const MARKS = ['sent', 'failed', 'unknown'] as const;
export type Mark = (typeof MARKS)[number];

type Judged = Pick<Notification, 'state' | 'erased_at' | 'recipient'>;

/** Why it is not sent again; undefined when it is. */
export function whyNotResent({ state, erased_at, recipient }: Judged): string | undefined {
  if (erased_at !== null) return 'cannot be sent: its customer was erased, and the recipient with it';
  if (recipient === null) return 'cannot be sent: there is nobody to send it to';
  switch (state) {
    case 'unknown':
    case 'failed':
      return undefined;
    case 'queued':
      return 'waits to be sent as it is';
    case 'sending':
      return 'is being sent at this moment';
    case 'sent':
      return 'was sent; should it not have arrived after all, mark it failed first';
    case 'suppressed':
      return 'was suppressed on purpose';
  }
}

/** From which states a mark is a statement about something that happened, or prevents what has not. */
const FROM: Readonly<Record<Mark, readonly State[]>> = {
  sent: ['unknown', 'failed'],
  failed: ['unknown', 'queued', 'sent'],
  unknown: ['queued'],
};

/** Why it is not marked; undefined when it is. */
export function whyNotMarked({ state }: Judged, mark: Mark): string | undefined {
  if (FROM[mark].includes(state)) return undefined;
  if (state === mark) return `is ${mark} as it is`;
  if (state === 'sending') return 'is being sent at this moment: its sender will say what became of it';
  return `is ${state}, of which it cannot be said that it is ${mark}`;
}
