import type { Standing } from '@orderstream/events';
import { clipped } from '../log/readable-value.ts';
import { visibleText } from '../visible-text.ts';

/** One topic as one group reads it: where its dead letters belong. */
export interface GroupTopic {
  readonly group: string;
  readonly topic: string;
  /** Whether the records of a key keep their order. */
  readonly ordered: boolean;
}

/** One record that a group gave up or parked, as the log says it stands. */
export interface Letter {
  /** `topic/partition/offset` of the record itself: its name in every command. */
  readonly id: string;
  readonly of: GroupTopic;
  readonly standing: Standing;
  /** Where its newest dead letter lies; the offset is the standing's. */
  readonly partition: number;
  readonly eventType: string | undefined;
  readonly key: string | null;
  /** When it was given up last, Unix ms. */
  readonly diedAtMs: number;
}

/** What tells a letter from all others: several groups may have given one record up. */
export function nameOf({ id, of }: Pick<Letter, 'id' | 'of'>): string {
  return `${of.group} ${id}`;
}

/** By `nameOf`: whether the group has come past the copy by which a letter was closed; a letter is missing where nobody knows. */
export type Settled = ReadonlyMap<string, boolean>;

/** A letter for programs. */
export function letterDocument(letterOf: Letter, settled?: Settled) {
  const { id, of, standing, partition, eventType, key, diedAtMs } = letterOf;
  const { letter, state, letterOffset, redriveCount, resolution } = standing;
  return {
    id,
    group: of.group,
    topic: of.topic,
    state,
    reason: letter.reason,
    event_type: eventType ?? null,
    key,
    died_at: new Date(diedAtMs).toISOString(),
    attempts: letter.attempts,
    redrive_count: redriveCount,
    error: [letter.errorClass, letter.errorMessage].filter(Boolean).join(': ') || null,
    parked_behind: letter.parkedBehind
      ? `${letter.parkedBehind.topic}/${letter.parkedBehind.partition}/${letter.parkedBehind.offset}`
      : null,
    dead_letter: { partition, offset: letterOffset },
    resolution: resolution
      ? {
          kind: resolution.kind,
          by: resolution.by,
          why: resolution.why,
          at: resolution.at,
          job: resolution.job ?? null,
          retry: resolution.retryOffset === undefined ? null : { partition, offset: resolution.retryOffset },
        }
      : null,
    settled: settled?.get(nameOf(letterOf)) ?? null,
  };
}

/** The shape of `letterDocument`, for `--help`. */
export const LETTER_SHAPE =
  '{id, group, topic, state, reason, event_type, key, died_at, attempts, redrive_count, error, parked_behind, dead_letter: {partition, offset}, resolution: {kind, by, why, at, job, retry: {partition, offset}}, settled}';

/** The order in which records of one partition were written. */
export function byOriginal(a: Letter, b: Letter): number {
  const [one, other] = [a.standing.letter.original, b.standing.letter.original];
  return (
    a.of.topic.localeCompare(b.of.topic) ||
    a.of.group.localeCompare(b.of.group) ||
    one.topic.localeCompare(other.topic) ||
    one.partition - other.partition ||
    one.offset - other.offset
  );
}

/** The lines of a table of letters. */
export function letterTable(letters: readonly Letter[], settled?: Settled): string[] {
  const rows = letters.map((letter) => {
    const { reason, errorMessage } = letter.standing.letter;
    return [
      letter.id,
      letter.of.group,
      new Date(letter.diedAtMs).toISOString(),
      settled?.get(nameOf(letter)) === false ? `${letter.standing.state}, under way` : letter.standing.state,
      reason,
      letter.eventType ?? '(no type)',
      letter.key ?? '(no key)',
      String(letter.standing.redriveCount),
      clipped(errorMessage ?? '', 80),
    ];
  });
  return table([
    ['RECORD', 'GROUP', 'GIVEN UP', 'STATE', 'REASON', 'TYPE', 'KEY', 'REDRIVEN', 'ERROR'],
    ...rows,
  ]);
}

/** Columns as wide as what stands in them. Nothing in them is obeyed by a terminal. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const shown = rows.map((row) => row.map(visibleText));
  const widths: number[] = [];
  for (const row of shown)
    for (const [column, { length }] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, length);
  return shown.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
