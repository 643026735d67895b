import type { Dropped, RebuildReport } from '@orderstream/transactional/rebuild';
import { table } from '../dlq/letter.ts';

/** The shape of the report, for `--help`. */
export const REPORT_SHAPE =
  '{target, exchanged, records, log_covers_from, carried_over, open_dead_letters, left_out: [position], tables: [{table, rows, added, changed, removed}], held_up_ms, kept_in}';

/** What a rebuild has done, for people. */
export function reportLines(target: string, report: RebuildReport): string[] {
  const { exchanged, tables, kept_in, held_up_ms, records } = report;
  const rows = tables.map((each) =>
    [each.table, each.rows, each.added, each.changed, each.removed].map(String),
  );
  const verb = exchanged ? '' : ' (dry run: nothing was changed)';
  return [
    ...table([['TABLE', 'ROWS', 'ADDED', 'CHANGED', 'REMOVED'], ...rows]),
    `${records} records read${verb}. The log covers everything from ${report.log_covers_from} on; ${report.carried_over} rows that it does not cover, or not wholly, were carried over.`,
    ...(report.open_dead_letters > 0
      ? [
          `${report.open_dead_letters} open dead letters are left out, as before: \`orderstream dlq redrive\` settles them.`,
        ]
      : []),
    ...(report.left_out.length > 0
      ? [`Left out, because they cannot be handled: ${report.left_out.join(', ')}.`]
      : []),
    ...(exchanged
      ? [
          `${target} was held up for ${held_up_ms} ms, readers not at all. What the rows were before is in ${kept_in}, until the next rebuild or --drop-old.`,
        ]
      : []),
    ...(!exchanged && held_up_ms > 0
      ? [`Records kept coming: ${target} was held up for ${held_up_ms} ms, readers not at all.`]
      : []),
  ];
}

/** What `--drop-old` has done, for people. */
export function droppedLines({ was_there, was_abandoned }: Dropped): string[] {
  return [
    was_there ? 'dropped' : 'nothing was kept',
    ...(was_abandoned ? ['dropped, too: the half-done tables of a rebuild that was killed'] : []),
  ];
}
