import { chainsOf, isParked } from './chains.ts';
import type { Letter } from './letter.ts';
import { isSelected, type Selection } from './selection.ts';

/** What becomes of the letters that were parked behind a discarded one. */
export type Successors = 'redrive' | 'keep' | 'discard';

export interface DiscardPlan {
  /** In the order they are to be sent. */
  readonly discard: readonly Letter[];
  /** Were parked behind a discarded one and nothing else holds them up: somebody has to say what becomes of them. */
  readonly successors: readonly Letter[];
}

/** What a discard gives up, and what that leaves without its head. Pure. */
export function planDiscard(letters: readonly Letter[], selection: Selection): DiscardPlan {
  const discard: Letter[] = [];
  const successors: Letter[] = [];
  for (const chain of chainsOf(letters)) {
    let isHeadless = false;
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
