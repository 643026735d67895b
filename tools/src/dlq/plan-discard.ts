import { chainsOf, isParked } from './chains.ts';
import { nameOf, type Letter } from './letter.ts';
import { isLeftBehind } from './plan-redrive.ts';
import { isSelected, type Selection } from './selection.ts';

/** What becomes of the letters that were parked behind a discarded one. */
export type Successors = 'redrive' | 'keep' | 'discard';

export interface DiscardPlan {
  /** In the order they are to be sent. */
  readonly discard: readonly Letter[];
  /** Were parked behind one that is given up, or was, and nothing else holds them up: somebody has to say what becomes of them. */
  readonly successors: readonly Letter[];
}

/** What a discard gives up, and what that, or an earlier one that was cut off, leaves without its head. Pure. */
export function planDiscard(letters: readonly Letter[], selection: Selection): DiscardPlan {
  const discard: Letter[] = [];
  const successors: Letter[] = [];
  const byId = new Map(letters.map((letter) => [nameOf(letter), letter]));
  for (const chain of chainsOf(letters)) {
    let isHeadless = isLeftBehind(chain[0], byId, selection);
    let isHeldUp = false;
    for (const letter of chain) {
      if (isSelected(letter, selection)) {
        discard.push(letter);
        isHeadless ||= !isHeldUp;
      } else if (isHeadless && !isHeldUp && isParked(letter)) {
        successors.push(letter);
      } else {
        isHeldUp = true;
      }
    }
  }
  return { discard, successors };
}
