import type { KafkaMessage } from 'kafkajs';
import {
  limitVerdict,
  parkedVerdict,
  unreadableVerdict,
  verdictOf,
  type Verdict,
} from '../dead-letter/headers.ts';
import { positionText } from '../dead-letter/dead-letter.ts';
import { readRedriven, type Redriven } from '../dead-letter/retry-record.ts';
import { TransientError } from '../errors.ts';
import { decode, type Decoded } from './decode.ts';
import type { HandleEvents, RedrivenResult, RedrivenRun } from './effect-store.ts';
import { isPermanent, reasonOf } from './hopeless.ts';
import { processSlice, type SliceContext, type SliceOutcome } from './process-slice.ts';
import { reportRedriven } from './slice-report.ts';

/**
 * Brings one record of a retry topic behind us. Whether it is handled is decided by the store, which knows whether it is still open:
 * however many copies there are, one has its effect. One that no redrive put there is an ordinary record of the group.
 */
export async function processRedriven(
  context: SliceContext,
  message: KafkaMessage,
  firstOffset: number,
): Promise<SliceOutcome> {
  const { group, source } = context.subscription;
  const redriven = readRedriven(message, group, source.name);
  if (redriven === undefined) return processSlice(context, [message], firstOffset);
  return new RedrivenRecord(context, message, redriven, firstOffset).process();
}

/** Why a record is given up without asking the handler: thrown in its place, so that the store says first whether it is open at all. */
class NotToBeHandled extends Error {
  readonly verdict: Verdict;

  constructor(verdict: Verdict) {
    super(verdict.message);
    this.verdict = verdict;
  }
}

class RedrivenRecord {
  readonly #context: SliceContext;
  readonly #message: KafkaMessage;
  readonly #redriven: Redriven;
  readonly #decoded: Decoded;
  readonly #firstOffset: number;
  readonly #offset: number;

  constructor(context: SliceContext, message: KafkaMessage, redriven: Redriven, firstOffset: number) {
    this.#context = context;
    this.#message = message;
    this.#redriven = redriven;
    this.#decoded = decode(message, context.subscription, context.handledUpTo);
    this.#firstOffset = firstOffset;
    this.#offset = Number(message.offset);
  }

  async process(): Promise<SliceOutcome> {
    try {
      const known = this.#context.deadLettered.get(this.#offset);
      return known === undefined
        ? await this.#try()
        : await this.#close({ kind: 'dead', reason: known.reason });
    } catch (error) {
      return { kind: 'blocked', position: this.#firstOffset, error };
    }
  }

  async #try(): Promise<SliceOutcome> {
    // A type that the group does not handle any more is none of its business here, either.
    if (this.#redriven.isDiscarded || this.#decoded.kind === 'skipped') return this.#close({ kind: 'close' });
    const { maxAttempts } = this.#context.subscription;
    for (let attempts = 1; ; attempts += 1) {
      let result: RedrivenResult;
      try {
        result = await this.#apply({ kind: 'handle' });
      } catch (error) {
        if (error instanceof TransientError) throw error;
        if (error instanceof NotToBeHandled) return this.#die(error.verdict);
        if (isPermanent(error) || attempts >= maxAttempts) {
          return this.#die(verdictOf(error, reasonOf(error), attempts));
        }
        await this.#context.backOff(attempts);
        continue;
      }
      return this.#follow(result, 'handled');
    }
  }

  /** Dead again: the letter first, then the row, which stays open. */
  async #die(verdict: Verdict): Promise<SliceOutcome> {
    const { subscription, partition, deadLetters, deadLettered } = this.#context;
    const at = { group: subscription.group, topic: subscription.topic, partition, redriven: this.#redriven };
    const record = { message: this.#message, verdict };
    await deadLetters.publish(subscription.source.name, at, [record], () => {
      const { reason } = verdict;
      deadLettered.set(this.#offset, { offset: this.#offset, key: this.#message.key, reason });
    });
    return this.#close({ kind: 'dead', reason: verdict.reason });
  }

  async #close(fate: RedrivenRun['fate']): Promise<SliceOutcome> {
    return this.#follow(await this.#apply(fate), outcomeOf(fate, this.#redriven));
  }

  #apply(fate: RedrivenRun['fate']): Promise<RedrivenResult> {
    const { subscription, partition, topicId, store } = this.#context;
    const { group, topic, source, dedupe } = subscription;
    const { original, redriveCount } = this.#redriven;
    const run: RedrivenRun = {
      ...{ group, topic, partition, dedupe, topicId, original, redriveCount, fate },
      firstOffset: this.#firstOffset,
      nextOffset: this.#offset + 1,
      ordered: source.ordered,
      sourceTopic: source.name,
      events: this.#decoded.kind === 'event' ? [this.#decoded.event] : [],
    };
    return store.applyRedriven(run, this.#handle());
  }

  #handle(): HandleEvents {
    const decoded = this.#decoded;
    const refusal = this.#redriven.isPastLimit
      ? limitVerdict(this.#redriven.redriveCount)
      : decoded.kind === 'dead'
        ? unreadableVerdict(decoded)
        : undefined;
    return refusal === undefined
      ? this.#context.subscription.handle
      : () => Promise.reject(new NotToBeHandled(refusal));
  }

  #follow(result: RedrivenResult, outcome: string): SliceOutcome | Promise<SliceOutcome> {
    if (result.kind === 'parked') return this.#die(parkedVerdict(result.behind));
    if (result.kind === 'early') throw this.#early(result.sourcePosition);
    if (result.kind === 'moved-on' || result.kind === 'behind')
      return { kind: 'moved', position: result.position };
    const { subscription } = this.#context;
    reportRedriven(subscription, this.#decoded, result.kind === 'duplicate' ? 'duplicate' : outcome);
    return { kind: 'done', position: this.#offset + 1 };
  }

  #early(sourcePosition: number | undefined): TransientError {
    const { original } = this.#redriven;
    const at = sourcePosition ?? 'its beginning';
    return new TransientError(
      'source-behind',
      `a record handed back waits until ${positionText(original)} has been passed again; the group stands at ${at} there`,
    );
  }
}

function outcomeOf(fate: RedrivenRun['fate'], { isDiscarded }: Redriven): string {
  if (fate.kind === 'dead') return fate.reason === 'parked-behind' ? 'parked' : 'dead-lettered';
  return isDiscarded ? 'discarded' : 'skipped';
}
