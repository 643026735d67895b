import type { Registration } from './people.ts';

/** What several registrations of one customer come to: the newest counts, and from the others it is known since when. */
export interface Registered extends Registration {
  readonly first_registered_at: string;
  /** Since when there has always been a number; null: there is none. */
  readonly number_since: string | null;
}

/** One for each customer, whatever the order of the registrations; of several of one moment the last counts. */
export function registeredOf(registrations: readonly Registration[]): Registered[] {
  const byCustomer = Map.groupBy(registrations, ({ customer_id }) => customer_id);
  return [...byCustomer.values()].flatMap((ofOne) => {
    const inOrder = ofOne.toSorted((a, b) => Date.parse(a.registered_at) - Date.parse(b.registered_at));
    const [first, newest] = [inOrder[0], inOrder.at(-1)];
    if (first === undefined || newest === undefined) return [];
    const lastWithout = inOrder.findLastIndex(({ phone }) => phone === null);
    const number_since = inOrder[lastWithout + 1]?.registered_at ?? null;
    return { ...newest, first_registered_at: first.registered_at, number_since };
  });
}
