import type { EventOf, userRegistered } from '@orderstream/events';

export type UserRegistered = EventOf<typeof userRegistered>;

/** What some registrations, taken together, say about one user: the latest, and when the first was. */
export interface UserRow {
  readonly latest: UserRegistered;
  /** RFC 3339. */
  readonly registered_at: string;
}

/** One row per user out of registrations in any order. */
export function userRowsOf(events: readonly UserRegistered[]): UserRow[] {
  const rows = new Map<string, UserRow>();
  for (const event of events) {
    const { user_id } = event.payload;
    const known = rows.get(user_id) ?? { latest: event, registered_at: event.timestamp };
    rows.set(user_id, {
      latest: isLater(event, known.latest) ? event : known.latest,
      registered_at:
        timeOf(event.timestamp) < timeOf(known.registered_at) ? event.timestamp : known.registered_at,
    });
  }
  return [...rows.values()];
}

/** Of two registrations at one time the one with the greater id counts, here as in the database. */
function isLater(one: UserRegistered, other: UserRegistered): boolean {
  const difference = timeOf(one.timestamp) - timeOf(other.timestamp);
  return difference > 0 || (difference === 0 && one.event_id > other.event_id);
}

function timeOf(timestamp: string): number {
  return Date.parse(timestamp);
}
