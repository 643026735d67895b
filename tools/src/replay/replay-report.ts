import { table } from '../dlq/letter.ts';
import type { Guard } from './guards.ts';
import type { PartitionPlan } from './replay-plan.ts';

export interface ReplayReport {
  readonly group: string;
  readonly topic: string;
  readonly plan: readonly PartitionPlan[];
  readonly guard: Guard;
  readonly openLetters: number;
  readonly isDone: boolean;
}

/** The shape of `reportDocument`, for `--help`. */
export const REPORT_SHAPE =
  '{group, topic, done, records, partitions: [{partition, position, committed, back_to, records, deleted_before}], why_nothing_is_repeated, beware, open_dead_letters}';

export function reportDocument({ group, topic, plan, guard, openLetters, isDone }: ReplayReport) {
  return {
    ...{ group, topic, done: isDone, records: recordsIn(plan) },
    partitions: plan.map(({ partition, position, committed, backTo, records, deletedBefore }) => ({
      ...{ partition, position: position ?? null, committed: committed ?? null },
      ...{ back_to: backTo ?? null, records, deleted_before: deletedBefore ?? null },
    })),
    why_nothing_is_repeated: guard.why,
    beware: guard.beware ?? null,
    open_dead_letters: openLetters,
  };
}

/** What is about to happen, for the person who has to say yes. */
export function previewLines({ group, topic, plan, guard, openLetters }: ReplayReport): string[] {
  const rows = plan.map(({ partition, position, backTo, records, deletedBefore }) => [
    `${topic}/${partition}`,
    position === undefined ? 'never read' : String(position),
    backTo === undefined ? '' : String(backTo),
    String(records),
    deletedBefore === undefined ? '' : `(retention has deleted what was before ${deletedBefore})`,
  ]);
  return [
    ...table([['PARTITION', 'POSITION', 'BACK TO', 'RECORDS', ''], ...rows]),
    `${group} handles ${recordsIn(plan)} records of ${topic} again when it starts, and goes on from there: there is no end to give.`,
    `Nothing is repeated: ${guard.why}.`,
    ...(guard.beware === undefined ? [] : [`Beware: ${guard.beware}.`]),
    'Not so for records that were discarded: the group has no trace of them, and handles them like new ones.',
    ...(openLetters === 0
      ? []
      : [
          `${openLetters} of them it gave up and are open: they stay open, and \`orderstream dlq redrive\` settles them.`,
        ]),
  ];
}

export function recordsIn(plan: readonly PartitionPlan[]): number {
  return plan.reduce((sum, { records }) => sum + records, 0);
}
