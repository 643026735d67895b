import { visibleText } from '../visible-text.ts';
import type { Done, Job, Step } from './hand-back.ts';
import { leftText } from './job-progress.ts';
import { letterDocument, letterTable, type Letter } from './letter.ts';
import type { JobResult, Overtaken } from './redrive-job.ts';

/** More would not be read. */
const LISTED = 50;

export interface JobSummary {
  readonly job: Job;
  readonly isDryRun: boolean;
  readonly planned: readonly Step[];
  readonly refused: readonly Refusal[];
}

/** Was asked for, and is not done. */
export interface Refusal {
  readonly id: string;
  /** Undefined where no group has such a letter. */
  readonly group: string | undefined;
  readonly why: string;
}

/** What a job did, for programs. Without a result nothing was done. */
export function jobDocument({ job, isDryRun, planned, refused }: JobSummary, result: JobResult | undefined) {
  return {
    ...{ job: job.id, by: job.by, why: job.why, dry_run: isDryRun },
    ...{ stopped: result?.isStopped ?? false, settled: result?.isSettled ?? false },
    broken_off: result?.brokenOff ?? null,
    sent: (result?.done ?? []).map((done) => ({ ...stepDocument(done), retry: retryOf(done) })),
    would_send: isDryRun ? planned.map(stepDocument) : [],
    refused: refused.map(({ id, group, why }) => ({ id, group: group ?? null, why })),
    overtaken: (result?.overtaken ?? []).map(({ letter: { id, of, standing } }) => ({
      ...{ id, group: of.group, state: standing.state, by: standing.resolution?.by ?? null },
    })),
    died_again: (result?.diedAgain ?? []).map((letter) => letterDocument(letter)),
    still_parked: (result?.stillParked ?? []).map(({ id }) => id),
    outstanding: (result?.outstanding ?? []).map(({ of, records, hasMembers }) => ({
      ...{ group: of.group, topic: of.topic, records, has_members: hasMembers },
    })),
  };
}

/** The same for people. Nothing in it is obeyed by a terminal. */
export function jobReport(
  { isDryRun, planned, refused }: JobSummary,
  result: JobResult | undefined,
): string[] {
  if (isDryRun) return [`dry run: ${planned.length} records would be sent, ${refused.length} are left out`];
  if (result === undefined) return ['nothing was done'];
  const { done, diedAgain, overtaken, stillParked, outstanding, isStopped, isSettled, brokenOff } = result;
  const isAllHandled = isSettled && diedAgain.length === 0 && !overtaken.some(isThwarted);
  const count = (kind: Step['kind']): number => done.filter((each) => each.kind === kind).length;
  const what = [
    ...(count('redriven') > 0 ? [`handed back ${count('redriven')}`] : []),
    ...(count('discarded') > 0 ? [`gave up ${count('discarded')}`] : []),
  ];
  const nothing =
    brokenOff === undefined
      ? 'nothing was sent'
      : 'nothing is known to be sent; a copy that is has no effect twice';
  return [
    what.length === 0 ? nothing : `${what.join(', ')} records`,
    ...(isAllHandled ? ['the groups have handled all of it'] : []),
    ...overtakenLines(overtaken),
    ...(isStopped ? ['stopped before the end; the same command goes on there'] : []),
    ...outstanding.map(leftText),
    ...diedAgainLines(diedAgain),
    ...(stillParked.length === 0
      ? []
      : [`still parked, although nothing before them is open: ${someIds(stillParked)}`]),
    ...(stillParked.length > 0 && done.every(({ kind }) => kind === 'discarded') ? [SAY_WHAT_BECOMES] : []),
  ].map(visibleText);
}

/** Something else has happened to it than was asked for. */
export function isThwarted({ letter, wanted }: Overtaken): boolean {
  return letter.standing.state !== wanted;
}

const WHAT_HAPPENED = {
  open: 'were handed back by somebody else and died again: not given up',
  redriven: 'were handed back before',
  discarded: 'were given up before',
} as const;

/** They were parked while a discard ran, behind what it has given up. */
const SAY_WHAT_BECOMES =
  'say what becomes of them: the same command with --successors redrive, keep or discard';

function overtakenLines(overtaken: readonly Overtaken[]): string[] {
  const kinds = Map.groupBy(overtaken, (each) => {
    const { state, resolution } = each.letter.standing;
    const by = resolution === undefined ? '' : ` by ${resolution.by}`;
    const instead = { open: '', redriven: ', not given up', discarded: ', not handled' }[state];
    return `${WHAT_HAPPENED[state]}${by}${isThwarted(each) ? instead : ''}; these copies had no effect`;
  });
  return [...kinds].map(([what, each]) => {
    return `${each.length} ${what}: ${someIds(each.map(({ letter }) => letter))}`;
  });
}

function diedAgainLines(letters: readonly Letter[]): string[] {
  if (letters.length === 0) return [];
  const more = letters.length - LISTED;
  return [
    `${letters.length} died again:`,
    ...letterTable(letters.slice(0, LISTED)),
    ...(more > 0 ? [`… and ${more} more: \`orderstream dlq list\` counts them`] : []),
  ];
}

function someIds(letters: readonly Letter[]): string {
  const named = letters.slice(0, 10).map(({ id }) => id);
  return `${named.join(', ')}${letters.length > named.length ? ', …' : ''}`;
}

function stepDocument({ letter, kind }: Step) {
  return { id: letter.id, group: letter.of.group, topic: letter.of.topic, kind };
}

function retryOf({ retry }: Done) {
  return { partition: retry.partition, offset: retry.offset };
}
