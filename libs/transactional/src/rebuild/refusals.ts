import { positionText } from '@orderstream/events';
import type { Failure } from './apply-records.ts';
import { RebuildRefused } from './rebuild-refused.ts';

const SHOWN_FAILURES = 10;

/** The exchange did not come about in many attempts. */
export const BUSY =
  'The live tables could not be held for the exchange: a long transaction, or a group that stands elsewhere than it did (was it set back?). Nothing was changed; try again.';

/** The exchange was given up for its length. */
export function tookTooLong(lockSeconds: number): string {
  return `The exchange would have held the group up for longer than ${lockSeconds} s: nothing was changed. Try again with more --lock-seconds, at a time when the group may stand still.`;
}

/** The connection broke between COMMIT and its answer. */
export function answerLost(kept: string): string {
  return `The connection broke while the exchange was being committed: it is done if the schema ${kept} is new, and nothing was changed if not. The same command again does no harm.`;
}

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

/** Further behind than this a group is not busy but set back, or not running; on a busy system a second try finds it closer. */
const MAX_BEHIND = 1_000;

/**
 * What the group has yet to handle again would be taken out of the live tables, and be missing there until it has.
 * @param next the group's position; undefined when it has none
 * @throws RebuildRefused unless the group has come to the log's end, or nearly
 */
export function requireCaughtUp(
  name: string,
  next: number | undefined,
  log: { readonly start: number; readonly end: number },
): void {
  const behind = log.end - (next ?? log.start);
  if (next === undefined ? behind === 0 : behind <= MAX_BEHIND) return;
  throw new RebuildRefused(
    `The group is ${behind} records behind on ${name}${next === undefined ? ', where it has no position' : ''}: what it has not handled again would be taken out of the live tables. Let it catch up first.`,
  );
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
