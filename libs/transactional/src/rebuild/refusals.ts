import { positionText } from '@orderstream/events';
import type { Failure } from './apply-records.ts';
import { RebuildRefused } from './rebuild-refused.ts';

const SHOWN_FAILURES = 10;

/** The exchange did not come about in many attempts. */
export const BUSY =
  'The live tables could not be held for the exchange: a long transaction, or a group that stands elsewhere than it did (was it set back?). Nothing was changed; try again.';

/** @throws RebuildRefused unless the log is the one the group has read, and goes back to where the group stands */
export function requireReadable(
  name: string,
  next: number,
  topicId: string | undefined,
  log: { readonly start: number; readonly end: number; readonly topicId?: string | undefined },
  readFrom: number,
  isSource: boolean,
): void {
  const isOther = topicId !== undefined && log.topicId !== undefined && topicId !== log.topicId;
  if (isOther || next > log.end) {
    throw new RebuildRefused(
      `${name} is not the log that the group has read: its position ${next} is of a topic that was deleted and created anew. Settle that first; the service says how.`,
    );
  }
  if (isSource && next < readFrom) {
    throw new RebuildRefused(
      `The group stands at ${next} of ${name}, and the log begins at ${readFrom}: retention has overtaken it. Settle that first; the service says how.`,
    );
  }
}

/** What is lost would be deleted from the live tables. */
export function cannotHandle(failures: readonly Failure[]): string {
  const shown = failures.slice(0, SHOWN_FAILURES).map(({ at, why }) => `  ${positionText(at)}  ${why}`);
  return [
    `${failures.length} records cannot be handled now, and nobody has given them up: what was built from the log would lack them. Nothing was changed.`,
    ...shown,
    ...(failures.length > SHOWN_FAILURES ? [`  … and ${failures.length - SHOWN_FAILURES} more`] : []),
    'Mend the handler; or, where the group never handled them either, name each one: --leave-out <topic/partition/offset>.',
  ].join('\n');
}

/** What is open is kept in memory until it is settled. */
export function tooManyOpen(count: number): string {
  return `${count} dead letters are open: redrive or discard them first (\`orderstream dlq list\`).`;
}
