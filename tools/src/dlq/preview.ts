import { CommandFailed } from '../exit-codes.ts';
import { UsedWrongly } from '../log/operation-refused.ts';
import { saysYes } from '../says-yes.ts';
import { visibleText } from '../visible-text.ts';
import type { Step } from './hand-back.ts';
import type { Refusal } from './job-report.ts';
import { table, type Letter } from './letter.ts';

const SHOWN = 10;

/** What a job is about to do, for the person who has to say yes. Nothing in it is obeyed by a terminal. */
export function previewLines(
  steps: readonly Step[],
  followers: readonly Letter[],
  refused: readonly Refusal[],
): string[] {
  return [
    ...(steps.length === 0 ? ['Nothing is to be done.'] : kindLines(steps, new Set(followers))),
    ...some(
      steps.map(
        ({ letter }) => `  ${letter.id}  ${letter.eventType ?? '(no type)'}  ${letter.key ?? '(no key)'}`,
      ),
    ),
    ...(refused.length === 0 ? [] : ['Left out:']),
    ...refused.map(({ id, group, why }) => `  ${id}${group === undefined ? '' : ` of ${group}`} ${why}`),
  ].map(visibleText);
}

/** Asks at the terminal. @throws UsedWrongly where there is none, CommandFailed when the answer is no */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY) throw new UsedWrongly('--yes is needed where nobody can be asked');
  if (await saysYes(question)) return;
  console.error('nothing was done');
  throw new CommandFailed();
}

function kindLines(steps: readonly Step[], followers: ReadonlySet<Letter>): string[] {
  const kinds = Map.groupBy(steps, ({ letter, kind }) =>
    JSON.stringify([
      kind === 'redriven' ? 'hand back' : 'discard',
      letter.of.group,
      letter.of.topic,
      letter.standing.letter.reason,
      followers.has(letter) ? 'follows' : '',
    ]),
  );
  const rows = [...kinds].map(([name, each]) => [...(JSON.parse(name) as string[]), String(each.length)]);
  return table([['DO', 'GROUP', 'TOPIC', 'REASON', '', 'RECORDS'], ...rows]);
}

function some(lines: readonly string[]): string[] {
  if (lines.length <= SHOWN) return [...lines];
  return [...lines.slice(0, SHOWN), `  … and ${lines.length - SHOWN} more`];
}
