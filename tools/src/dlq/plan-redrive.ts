import { positionText } from '@orderstream/events';
import { chainsOf, isParked, type Chain } from './chains.ts';
import { byOriginal, nameOf, type Letter } from './letter.ts';
import { isMeant, isSelected, type Selection } from './selection.ts';

export interface RedrivePlan {
  /** In the order they are to be sent. */
  readonly send: readonly Letter[];
  /** Of `send`, those that come along because they wait behind one that was selected. */
  readonly followers: readonly Letter[];
  /** Selected, but not to be sent. */
  readonly refused: readonly { readonly letter: Letter; readonly why: string }[];
}

/**
 * What a redrive sends: the selected letters that nothing holds up, and behind each one what was parked behind it, as far as the next
 * letter that failed by itself and was not selected. Pure.
 */
export function planRedrive(
  letters: readonly Letter[],
  selection: Selection,
  maxRedrives: number,
): RedrivePlan {
  const plan = {
    send: [] as Letter[],
    followers: [] as Letter[],
    refused: [] as RedrivePlan['refused'][number][],
  };
  const byId = new Map(letters.map((letter) => [nameOf(letter), letter]));
  for (const chain of chainsOf(letters)) addChain(plan, chain, byId, selection, maxRedrives);
  return { ...plan, send: plan.send.sort(byOriginal) };
}

function addChain(
  plan: { send: Letter[]; followers: Letter[]; refused: { letter: Letter; why: string }[] },
  chain: Chain,
  byId: ReadonlyMap<string, Letter>,
  selection: Selection,
  maxRedrives: number,
): void {
  let heldUpBy: Letter | undefined;
  let isFlowing = isLeftBehind(chain[0], byId, selection);
  for (const letter of chain) {
    const selected = isSelected(letter, selection);
    if (heldUpBy !== undefined) {
      if (selected)
        plan.refused.push({ letter, why: `waits behind ${heldUpBy.id}: redrive or discard that one first` });
      continue;
    }
    const comesAlong = isFlowing && isParked(letter);
    if (!selected && !comesAlong) {
      heldUpBy = letter;
      continue;
    }
    // One that was only parked has not had its turn.
    if (letter.standing.redriveCount >= maxRedrives && !isParked(letter)) {
      const why = `was redriven ${letter.standing.redriveCount} times and came back (--max-redrives ${maxRedrives})`;
      plan.refused.push({ letter, why });
      heldUpBy = letter;
      continue;
    }
    isFlowing = true;
    plan.send.push(letter);
    if (!selected) plan.followers.push(letter);
  }
}

/**
 * Parked behind a letter that was meant and is gone by now: an earlier job was stopped before it came to this one.
 * @param byId all letters, by `nameOf`
 */
export function isLeftBehind(
  first: Letter,
  byId: ReadonlyMap<string, Letter>,
  selection: Selection,
): boolean {
  const { parkedBehind } = first.standing.letter;
  if (!isParked(first) || parkedBehind === undefined) return false;
  const head = byId.get(`${first.of.group} ${positionText(parkedBehind)}`);
  return head !== undefined && head.standing.state !== 'open' && isMeant(head, selection);
}
