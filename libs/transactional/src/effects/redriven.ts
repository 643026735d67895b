import type { RedrivenResult, RedrivenRun } from '@orderstream/events';
import type { Transaction } from '../database/transaction.ts';
import { heldUpAgain } from './held-up.ts';
import { lockLetter } from './open-letters.ts';
import { readPosition } from './positions.ts';

type Admission =
  { readonly kind: 'open' } | Extract<RedrivenResult, { kind: 'duplicate' | 'parked' | 'early' }>;

/**
 * Whether a record that was handed back is this transaction's to bring to an end: its row is there, is locked now, and has not been
 * renewed since the redrive that sent this copy.
 */
export async function admit(tx: Transaction, run: RedrivenRun): Promise<Admission> {
  const { group, original, redriveCount, ordered, sourceTopic, fate } = run;
  // In this order: a position past the record, seen first, means that the row was there unless it was closed since.
  const [sourcePosition, letter] = await Promise.all([
    readPosition(tx, { group, topic: original.topic, partition: original.partition }),
    lockLetter(tx, group, original),
  ]);
  if (letter === undefined) {
    const isPassed = sourcePosition !== undefined && sourcePosition > original.offset;
    return isPassed ? { kind: 'duplicate' } : { kind: 'early', sourcePosition };
  }
  if (redriveCount <= letter.redriveCount) return { kind: 'duplicate' };
  if (fate.kind !== 'handle' || !ordered || letter.key === null) return { kind: 'open' };
  const behind = await heldUpAgain(tx, group, original, letter.key, sourceTopic);
  return behind === undefined ? { kind: 'open' } : { kind: 'parked', behind };
}
