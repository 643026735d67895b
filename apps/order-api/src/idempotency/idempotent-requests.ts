import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { TransientError, uuidv7 } from '@orderstream/events';
import { Problem } from '@orderstream/service';
import type { Answer } from '../answer.ts';
import { isNotAccepted, notAccepted } from '../publishing/outcome.ts';
import { fingerprintOf } from './fingerprint.rules.ts';
import { KeyStore, type Inheritance, type KeyedRequest } from './key-store.ts';

/** A request with an Idempotency-Key, and how to carry it out. */
export interface Work<Plan> {
  /** Caller and endpoint: the same key elsewhere is another key. */
  readonly scope: string;
  readonly key: string;
  /** The parsed body. */
  readonly body: unknown;
  /** Longest time `carryOut` takes, ms. */
  readonly timeLimitMs: number;
  /** What is to be done, ids included; JSON. Made once per key: a repeat carries out the first one's plan. */
  readonly plan: () => Plan;
  /**
   * May be called more than once with the same plan, on several instances, and must then have one effect. `isRepeat`: an earlier
   * attempt may have had it, so that a failure of this one does not mean that there was none.
   */
  readonly carryOut: (plan: Plan, isRepeat: boolean) => Promise<Answer>;
}

/** Between two looks at a request that another instance carries out. */
const POLL_MS = 100;
/** The lease outlives the work by so much: for the answer to be written down. */
const LEASE_RESERVE_MS = 3_000;
/** PostgreSQL has so long for a step, beyond which it counts as away. */
const STORE_DEADLINE_MS = 3_000;

/** Makes a request that is repeated with its Idempotency-Key have one effect and one answer. */
@Injectable()
export class IdempotentRequests {
  readonly #logger = new Logger('Idempotency');
  readonly #underWay = new Map<string, Promise<Answer>>();

  constructor(@Inject(KeyStore) private readonly store: KeyStore) {}

  /**
   * Carries the work out, or answers as it was answered before, also while the first request is still under way, here or on
   * another instance. A failure is not kept: the next repeat carries the same plan out
   * again; after a refusal (4xx) the key is as good as new.
   * @throws Problem 422 when the key was used with another body; 503 `not-accepted` when PostgreSQL is away; what `carryOut` throws
   */
  async once<Plan>(work: Work<Plan>): Promise<Answer> {
    const request = { scope: work.scope, key: work.key, fingerprint: fingerprintOf(work.body) };
    const id = [request.scope, request.key, request.fingerprint.toString('hex')].join('\n');
    const first = this.#underWay.get(id);
    if (first !== undefined) return replayed(await first);
    const answer = this.#answer(request, work);
    this.#underWay.set(id, answer);
    try {
      return await answer;
    } finally {
      this.#underWay.delete(id);
    }
  }

  async #answer<Plan>(request: KeyedRequest, work: Work<Plan>): Promise<Answer> {
    const owner = uuidv7();
    const leaseMs = work.timeLimitMs + LEASE_RESERVE_MS;
    const plan = work.plan();
    for (;;) {
      if (await inTime(this.store.claim(request, plan, owner, leaseMs))) {
        return this.#carryOut(request, owner, { plan, wasUncertain: false }, work);
      }
      const known = await this.#known(request);
      if (known === undefined) continue;
      if (known.answer !== undefined) return replayed(known.answer);
      const inherited = await inTime(this.store.takeOver<Plan>(request, owner, leaseMs));
      if (inherited !== undefined) return this.#carryOut(request, owner, inherited, work);
    }
  }

  /** What became of the first request, as soon as it is answered or its owner gave it up. */
  async #known(request: KeyedRequest): Promise<{ answer: Answer | undefined } | undefined> {
    for (;;) {
      const row = await inTime(this.store.read(request));
      if (row?.hasSameBody === false) throw otherBody();
      if (row === undefined || row.answer !== undefined || row.leaseMs <= 0) return row;
      await sleep(Math.min(POLL_MS, row.leaseMs));
    }
  }

  async #carryOut<Plan>(
    request: KeyedRequest,
    owner: string,
    { plan, wasUncertain }: Inheritance<Plan>,
    work: Work<Plan>,
  ): Promise<Answer> {
    try {
      const answer = await work.carryOut(plan, wasUncertain);
      await this.#note(this.store.answered(request, owner, answer));
      return answer;
    } catch (error) {
      const isRefused = isRefusal(error) && !wasUncertain;
      await this.#note(
        isRefused
          ? this.store.forget(request, owner)
          : this.store.release(request, owner, !isNotAccepted(error)),
      );
      throw error;
    }
  }

  /** Without the note a repeat waits for the lease to end, then does the same again: slower, not wrong. */
  async #note(writing: Promise<void>): Promise<void> {
    await inTime(writing).catch((error: unknown) => {
      this.#logger.warn({ message: 'what became of a keyed request could not be written down', err: error });
    });
  }
}

function replayed(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, 'idempotency-replayed': 'true' } };
}

/** A 4xx: the state of things forbids what is asked for, and nothing was done. */
function isRefusal(error: unknown): boolean {
  return error instanceof Problem && error.getStatus() < 500;
}

function otherBody(): Problem {
  return new Problem({
    status: 422,
    kind: 'idempotency-key-reused',
    title: 'Idempotency-Key used before',
    detail: 'This Idempotency-Key was used with another body.',
  });
}

/** What a request with a key is told when its key cannot be looked up. */
const NOT_LOOKED_UP =
  'This request had no effect; what an earlier one with the same Idempotency-Key has done stands. It may be repeated.';

/** @throws Problem 503 `not-accepted` when the database is away: nothing has been done yet, and nothing will be */
async function inTime<T>(step: Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const late = sleep(STORE_DEADLINE_MS, undefined, { signal: deadline.signal }).then(() => {
    throw new TransientError('database-slow', 'the database does not answer in time');
  });
  try {
    return await Promise.race([step, late]);
  } catch (error) {
    throw error instanceof TransientError ? notAccepted(error, { detail: NOT_LOOKED_UP }) : error;
  } finally {
    deadline.abort();
  }
}
