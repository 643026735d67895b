import type { Letter } from './letter.ts';

/** Which letters are meant. Everything that is named must hold; what is absent selects nothing away. */
export interface Selection {
  readonly reasons?: readonly string[] | undefined;
  readonly types?: readonly string[] | undefined;
  readonly keys?: readonly string[] | undefined;
  /** Given up at or after, Unix ms. */
  readonly sinceMs?: number | undefined;
  /** Given up before, Unix ms. */
  readonly untilMs?: number | undefined;
  /** `topic/partition/offset` of the record itself. */
  readonly ids?: readonly string[] | undefined;
  readonly state: 'open' | 'redriven' | 'discarded' | 'all';
}

export function isSelected(letter: Letter, selection: Selection): boolean {
  const { state } = selection;
  return (state === 'all' || letter.standing.state === state) && isMeant(letter, selection);
}

/** As `isSelected`, whatever became of the letter. */
export function isMeant(letter: Letter, selection: Selection): boolean {
  const { reasons, types, keys, ids, sinceMs = -Infinity, untilMs = Infinity } = selection;
  return (
    isAmong(reasons, letter.standing.letter.reason) &&
    isAmong(types, letter.eventType) &&
    isAmong(keys, letter.key ?? undefined) &&
    isAmong(ids, letter.id) &&
    letter.diedAtMs >= sinceMs &&
    letter.diedAtMs < untilMs
  );
}

/** What is named of which none of the letters is meant, whatever became of them: a mistyped name must not pass for one that is done. */
export function notFound(letters: readonly Letter[], selection: Selection): string[] {
  const { ids = [] } = selection;
  const found = new Set(letters.filter((letter) => isMeant(letter, selection)).map(({ id }) => id));
  return [...new Set(ids)].filter((id) => !found.has(id));
}

function isAmong(wanted: readonly string[] | undefined, value: string | undefined): boolean {
  return wanted === undefined || (value !== undefined && wanted.includes(value));
}
