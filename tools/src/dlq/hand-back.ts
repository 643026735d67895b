import {
  resolutionRecord,
  retryRecord,
  type EventProducer,
  type OutgoingRecord,
  type RecordPosition,
} from '@orderstream/events';
import { kafkaMessageOf } from '../log/log-record.ts';
import { OperationRefused } from '../log/operation-refused.ts';
import { pauseBetweenTries } from '../log/trouble.ts';
import { visibleText } from '../visible-text.ts';
import type { LetterLog } from './letter-log.ts';
import type { Letter } from './letter.ts';
import { wavesOf } from './waves.ts';

/** Who does what to which letters, and why. It is written into the log behind each of them. */
export interface Job {
  readonly id: string;
  readonly by: string;
  readonly why: string;
  /** Records per second. */
  readonly rate: number;
}

/** One letter, and what is done with it. */
export interface Step {
  readonly letter: Letter;
  readonly kind: 'redriven' | 'discarded';
}

/** A letter whose retry record and resolution the brokers hold. */
export interface Done extends Step {
  readonly retry: RecordPosition;
}

export interface HandBackOptions {
  readonly log: LetterLog;
  readonly producer: Pick<EventProducer, 'sendAll'>;
  readonly job: Job;
  readonly signal: AbortSignal;
  readonly onDone: (done: Done) => void;
}

/** Letters whose values are in memory at once. */
const CHUNK = 100;
/** How many waves of records leave in a second. */
const WAVES_PER_S = 10;

/**
 * Gives letters back to their groups, in the order given: first the record on the retry topic, and once the brokers hold that, the
 * resolution behind the letter. Whatever stops it in between leaves the letter open; it is then sent again, and the group, which knows
 * what it has handled, drops the second copy. Ends early, between two waves, when `signal` aborts.
 * @throws OperationRefused when a record could not be written
 */
export async function handBack(steps: readonly Step[], options: HandBackOptions): Promise<void> {
  const { log, job, signal } = options;
  const perWave = Math.max(1, Math.round(job.rate / WAVES_PER_S));
  const startedMs = performance.now();
  let sent = 0;
  for (const chunk of chunksOf(steps)) {
    const records = await log.recordsOf(
      chunk.map(({ letter }) => letter),
      signal,
    );
    for (const wave of wavesOf(chunk, records, perWave)) {
      const aheadMs = (sent / job.rate) * 1000 - (performance.now() - startedMs);
      if (aheadMs > 0) await pauseBetweenTries(signal, aheadMs);
      if (signal.aborted) return;
      await sendWave(wave, records, options);
      sent += wave.length;
    }
  }
}

type Records = Awaited<ReturnType<LetterLog['recordsOf']>>;

async function sendWave(
  wave: readonly Step[],
  records: Records,
  { producer, job, onDone }: HandBackOptions,
): Promise<void> {
  const letters = wave.map(({ letter }) => {
    const record = records.get(letter.id);
    if (record !== undefined) return kafkaMessageOf(record);
    throw new OperationRefused(
      `The dead letter of ${visibleText(letter.id)} is gone: retention has deleted it.`,
    );
  });
  const retries = await send(
    producer,
    wave.map(({ letter, kind }, index) =>
      retryRecord(letters[index] as (typeof letters)[number], {
        redriveCount: letter.standing.redriveCount + 1,
        isDiscarded: kind === 'discarded',
      }),
    ),
  );
  const accepted = wave.flatMap((step, index) => {
    const retry = retries.positions[index];
    return retry === undefined
      ? []
      : [{ ...step, retry, message: letters[index] as (typeof letters)[number] }];
  });
  const at = new Date().toISOString();
  const resolutions = await send(
    producer,
    accepted.map(({ letter, kind, retry, message }) =>
      resolutionRecord(message, {
        kind,
        redriveCount: letter.standing.redriveCount + (kind === 'redriven' ? 1 : 0),
        by: job.by,
        why: job.why,
        at,
        job: job.id,
        retryOffset: retry.offset,
      }),
    ),
  );
  accepted.forEach(({ letter, kind, retry }, index) => {
    if (resolutions.positions[index] !== undefined) onDone({ letter, kind, retry });
  });
  const failure = retries.failure ?? resolutions.failure;
  if (failure !== undefined) throw notWritten(failure);
}

interface Sent {
  /** By the records' order; undefined where it was not acknowledged. */
  readonly positions: readonly (RecordPosition | undefined)[];
  readonly failure: Error | undefined;
}

async function send(
  producer: Pick<EventProducer, 'sendAll'>,
  records: readonly OutgoingRecord[],
): Promise<Sent> {
  const outcomes = await producer.sendAll(records);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  return {
    positions: outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : undefined)),
    failure: failed?.reason as Error | undefined,
  };
}

function notWritten(failure: Error): OperationRefused {
  return new OperationRefused(
    `Kafka did not take a record: ${failure.message}. What was not acknowledged stands open; the same command goes on there.`,
    { cause: failure },
  );
}

/** Chunks of one dead-letter topic each, in order. */
function chunksOf(steps: readonly Step[]): Step[][] {
  const chunks: Step[][] = [];
  for (const step of steps) {
    const last = chunks.at(-1);
    const isFull = last === undefined || last.length >= CHUNK || !isSameTopic(last[0] as Step, step);
    if (isFull) chunks.push([step]);
    else last.push(step);
  }
  return chunks;
}

function isSameTopic(a: Step, b: Step): boolean {
  return a.letter.of.group === b.letter.of.group && a.letter.of.topic === b.letter.of.topic;
}
