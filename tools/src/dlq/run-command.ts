import { EventProducer, uuidv7 } from '@orderstream/events';
import { kafkaFromOptions } from '../commands/kafka-options.ts';
import { CommandFailed } from '../exit-codes.ts';
import type { LogReader } from '../log/log-reader.ts';
import { OperationRefused, UsedWrongly } from '../log/operation-refused.ts';
import { listenForStop } from '../stop-request.ts';
import { visibleText } from '../visible-text.ts';
import type { Step } from './hand-back.ts';
import { isThwarted, jobDocument, jobReport, type JobSummary, type Refusal } from './job-report.ts';
import { jobProgress } from './job-progress.ts';
import type { LetterLog } from './letter-log.ts';
import { byOriginal, type Letter } from './letter.ts';
import { jsonLines, printLines } from './long-output.ts';
import { operatorName } from './operator-name.ts';
import { planDiscard, type Successors } from './plan-discard.ts';
import { planRedrive } from './plan-redrive.ts';
import { confirm, previewLines } from './preview.ts';
import { runJob, type JobOptions, type JobResult } from './redrive-job.ts';
import { notFound, type Selection } from './selection.ts';
import { namesAny, selectionOf, withLetters, type SelectionFlags } from './selection-options.ts';

interface JobFlags extends SelectionFlags {
  readonly why?: string;
  readonly by?: string;
  readonly rate: number;
  readonly wait: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

interface Work {
  readonly steps: readonly Step[];
  readonly followers: readonly Letter[];
  readonly refused: readonly Refusal[];
  /** What becomes of what is parked behind them until they are done. */
  readonly successors: JobOptions['successors'];
  readonly question: string;
}

/** `orderstream dlq redrive`. */
export async function redriveLetters(flags: JobFlags & { maxRedrives: number }): Promise<void> {
  await work(flags, (log) => {
    const [letters, selection] = [log.letters(), selectionOf(flags, 'open')];
    const plan = planRedrive(letters, selection, flags.maxRedrives);
    return {
      steps: plan.send.map((letter) => ({ letter, kind: 'redriven' })),
      followers: plan.followers,
      refused: [
        ...unknownOf(letters, selection),
        ...plan.refused.map(({ letter, why }) => ({ id: letter.id, group: letter.of.group, why })),
      ],
      successors: 'redriven',
      question: `Hand back ${plan.send.length} records?`,
    };
  });
}

const SUCCESSOR_STEPS = { redrive: 'redriven', discard: 'discarded', keep: 'kept' } as const;

/** `orderstream dlq discard`. */
export async function discardLetters(flags: JobFlags & { successors?: Successors }): Promise<void> {
  await work(flags, (log) => {
    const [letters, selection] = [log.letters(), selectionOf(flags, 'open')];
    const { discard, successors } = planDiscard(letters, selection);
    if (successors.length > 0 && flags.successors === undefined) throw undecided(successors);
    const kind = flags.successors && SUCCESSOR_STEPS[flags.successors];
    const steps: Step[] = [
      ...discard.map((letter) => ({ letter, kind: 'discarded' as const })),
      ...(kind === undefined || kind === 'kept' ? [] : successors.map((letter) => ({ letter, kind }))),
    ];
    return {
      steps: steps.sort((a, b) => byOriginal(a.letter, b.letter)),
      followers: successors,
      refused: unknownOf(letters, selection),
      successors: kind,
      question: `Give up ${steps.filter((step) => step.kind === 'discarded').length} records for good?`,
    };
  });
}

async function work(flags: JobFlags, plan: (log: LetterLog) => Work): Promise<void> {
  if (!namesAny(flags) && !flags.all) {
    throw new UsedWrongly(
      'which dead letters? Say so with --id, --group, --reason, --type, --key, --since, … or --all',
    );
  }
  if (flags.why === undefined && !flags.dryRun)
    throw new UsedWrongly('--why is needed: it is written down beside each record');
  const job = { id: uuidv7(), by: operatorName(flags), why: flags.why ?? '', rate: flags.rate };
  await withLetters(flags, async (log, reader) => {
    const planned = plan(log);
    for (const line of previewLines(planned.steps, planned.followers, planned.refused)) console.error(line);
    const summary: JobSummary = {
      job,
      isDryRun: flags.dryRun ?? false,
      planned: planned.steps,
      refused: planned.refused,
    };
    if (!flags.dryRun && planned.steps.length > 0 && !flags.yes) await confirm(planned.question);
    const result =
      flags.dryRun || planned.steps.length === 0
        ? undefined
        : await run(flags, planned, summary, log, reader);
    await printLines(flags.json ? jsonLines(jobDocument(summary, result)) : jobReport(summary, result));
    if (result?.brokenOff !== undefined) console.error(result.brokenOff);
    if (hasFailed(planned, result)) throw new CommandFailed();
  });
}

async function run(
  flags: JobFlags,
  { steps, successors }: Work,
  { job }: JobSummary,
  log: LetterLog,
  reader: LogReader,
): Promise<JobResult> {
  const stop = listenForStop(() => console.error('stopping; what is under way is written down first …'));
  const producer = new EventProducer(kafkaFromOptions(flags), { sendTimeoutMs: 20_000 });
  const progress = jobProgress(steps.length);
  try {
    return await runJob(steps, {
      reader,
      log,
      producer,
      job,
      successors,
      waitMs: flags.wait,
      signal: stop.signal,
      ...progress,
    });
  } finally {
    await producer.close();
  }
}

function unknownOf(letters: readonly Letter[], selection: Selection): Refusal[] {
  const why = 'is not there, or not as the other options say';
  return notFound(letters, selection).map((id) => ({ id, group: undefined, why }));
}

/** Not everything that was asked for has come to its end. */
function hasFailed({ refused }: Work, result: JobResult | undefined): boolean {
  if (refused.length > 0) return true;
  if (result === undefined) return false;
  const { diedAgain, overtaken, stillParked, outstanding, isStopped, brokenOff } = result;
  return (
    isStopped ||
    brokenOff !== undefined ||
    overtaken.some(isThwarted) ||
    diedAgain.length + stillParked.length + outstanding.length > 0
  );
}

function undecided(successors: readonly Letter[]): OperationRefused {
  const named = successors.slice(0, 10).map(({ id }) => visibleText(id));
  const more = successors.length > named.length ? ', …' : '';
  return new OperationRefused(
    `${successors.length} records are parked behind what is given up (${named.join(', ')}${more}). ` +
      'Say what becomes of them: --successors redrive (they are handled now), keep (they stay parked) or discard (they are given up, too).',
  );
}
