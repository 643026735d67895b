import type { Run, RunResult } from '@orderstream/events';
import type { Transaction } from '../database/transaction.ts';
import { advancePosition, createPosition, lockPosition, type Advance } from './positions.ts';

/** A stretch of a partition that is ours to apply from `from` on, or why it is not. */
export type Turn =
  | ({ readonly kind: 'ours'; readonly from: number } & Advance)
  | Extract<RunResult, { kind: 'moved-on' | 'behind' }>;

/** Moves the position to the run's end, which keeps everybody else out until the commit; or says why this run is not ours to apply. */
export async function takeTurn(
  tx: Transaction,
  run: Pick<Run, 'group' | 'topic' | 'partition' | 'firstOffset' | 'nextOffset' | 'topicId'>,
): Promise<Turn> {
  const { firstOffset, nextOffset } = run;
  const advance = await advancePosition(tx, run, firstOffset, nextOffset);
  if (advance) return { kind: 'ours', from: firstOffset, ...advance };
  let position = await lockPosition(tx, run);
  while (position === undefined) {
    // No position, and yet open records: an operator took the position away. Look everywhere.
    if (await createPosition(tx, run, nextOffset))
      return { kind: 'ours', from: firstOffset, newestOpen: Infinity };
    position = await lockPosition(tx, run);
  }
  if (position < firstOffset) return { kind: 'behind', position };
  if (position >= nextOffset) return { kind: 'moved-on', position };
  const locked = await advancePosition(tx, run, position, nextOffset);
  return { kind: 'ours', from: position, newestOpen: locked?.newestOpen };
}
