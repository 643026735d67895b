import { byOriginal, type Letter } from './letter.ts';

/**
 * Open letters that depend on one another: of one group, topic and key, in the order the records were written. The first one holds up the
 * others. A letter whose order does not matter, or that has no key, is a chain by itself.
 */
export type Chain = readonly [Letter, ...Letter[]];

/** The chains of the open ones among the letters, in the order of their first letters. */
export function chainsOf(letters: readonly Letter[]): Chain[] {
  const chains = new Map<string, [Letter, ...Letter[]]>();
  for (const letter of letters.filter(({ standing }) => standing.state === 'open').sort(byOriginal)) {
    const { of, key, id } = letter;
    const isAlone = !of.ordered || key === null;
    const name = JSON.stringify([of.group, of.topic, isAlone ? id : key, isAlone]);
    const chain = chains.get(name);
    if (chain === undefined) chains.set(name, [letter]);
    else chain.push(letter);
  }
  return [...chains.values()];
}

/** Waits only because something before it failed. */
export function isParked({ standing }: Letter): boolean {
  return standing.letter.reason === 'parked-behind';
}

/** What waits behind a letter: the open ones of its chain that come after it. */
export function waitingBehind(letter: Letter, letters: readonly Letter[]): Letter[] {
  const chain = chainsOf(letters).find((each) =>
    each.some(({ id, of }) => id === letter.id && of.group === letter.of.group),
  );
  return chain === undefined ? [] : chain.slice(chain.findIndex(({ id }) => id === letter.id) + 1);
}
