import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { uuidv7 } from '@orderstream/events';
import { Problem } from '@orderstream/service';
import type { Answer } from '../answer.ts';
import { isNotAccepted, notAccepted } from '../publishing/outcome.ts';
import { Audience } from './audience.ts';
import { fingerprintOf } from './fingerprint.rules.ts';
import { inTime, inTimeOrUndone, STORE_DEADLINE_MS } from './in-time.ts';
import { KeyStore, type Inheritance, type KeyedRequest } from './key-store.ts';

/** A request with an Idempotency-Key, and how to carry it out. */
export interface Work<Plan> {
  /** Caller and endpoint: the same key elsewhere is another key. */
  readonly scope: string;
  readonly key: string;
  /** The parsed body. */
  readonly body: unknown;
  /** Aborts when the client that sent this has gone. Made when somebody looks: it costs 7 µs of some 170 that a request takes. */
  readonly gone: () => AbortSignal;
  /** Longest time `carryOut` and `afterwards` take together, ms. */
  readonly timeLimitMs: number;
  /** What is to be done, ids included; JSON. Made once per key: a repeat carries out the first one's plan. */
  readonly plan: () => Plan;
  /**
   * May be called more than once with the same plan, on several instances, and must then have one effect. `isRepeat`: an earlier
   * attempt may have had it, so that a failure of this one does not mean that there was none. `gone()`: nobody waits for it any more.
   */
  readonly carryOut: (plan: Plan, isRepeat: boolean, gone: () => AbortSignal) => Promise<Answer>;
  /** Looks for a better answer than `accepted`, which it returns when there is none, or when nobody waits any more. */
  readonly afterwards?: ((accepted: Answer, gone: AbortSignal) => Promise<Answer>) | undefined;
}

interface UnderWay {
  readonly answer: Promise<Answer>;
  readonly audience: Audience;
}

/** Between two looks at a request that another instance carries out. */
const POLL_MS = 100;
/** The lease outlives the work by so much: for the answer to be written down. */
const LEASE_RESERVE_MS = 3_000;

/** Makes a request that is repeated with its Idempotency-Key have one effect and one answer. */
@Injectable()
export class IdempotentRequests {
  readonly #logger = new Logger('Idempotency');
  readonly #underWay = new Map<string, UnderWay>();

  constructor(@Inject(KeyStore) private readonly store: KeyStore) {}

  /**
   * Carries the work out, or answers as it was answered before, also while the first request is still under way, here or on
   * another instance. A failure is not kept: the next repeat carries the same plan out again; after a refusal (4xx) the key is as good
   * as new. When everybody has left, the search for a better answer ends here, and so does the wait for another instance; whoever repeats
   * the request goes on with it.
   * @throws Problem 422 when the key was used with another body; 503 `not-accepted` when PostgreSQL is away; what `carryOut` throws
   */
  async once<Plan>(work: Work<Plan>): Promise<Answer> {
    const request = { scope: work.scope, key: work.key, fingerprint: fingerprintOf(work.body) };
    const id = [request.scope, request.key, request.fingerprint.toString('hex')].join('\n');
    const first = this.#underWay.get(id);
    if (first?.audience.gone.aborted === false) {
      first.audience.join(work.gone());
      return replayed(await first.answer);
    }
    const audience = new Audience();
    audience.join(work.gone());
    const underWay = { audience, answer: this.#answer(request, work, audience.gone) };
    this.#underWay.set(id, underWay);
    try {
      return await underWay.answer;
    } finally {
      if (this.#underWay.get(id) === underWay) this.#underWay.delete(id);
    }
  }

  async #answer<Plan>(request: KeyedRequest, work: Work<Plan>, gone: AbortSignal): Promise<Answer> {
    const owner = uuidv7();
    const leaseMs = leaseOf(work.timeLimitMs);
    const plan = work.plan();
    for (;;) {
      const claim = this.store.claim(request, plan, owner, leaseMs);
      if (await inTimeOrUndone(claim, (isOurs) => isOurs && this.store.forget(request, owner))) {
        return this.#carryOut({ ...request, owner }, { plan, wasUncertain: false }, work, gone);
      }
      const known = await this.#known(request, gone);
      if (known === undefined) continue;
      if (known.answer !== undefined) return replayed(known.answer);
      const inherited = await inTimeOrUndone(
        this.store.takeOver<Plan>(request, owner, leaseMs),
        (late) => late && this.store.release(request, owner, late.wasUncertain),
      );
      if (inherited !== undefined) return this.#carryOut({ ...request, owner }, inherited, work, gone);
    }
  }

  /**
   * What became of the first request, as soon as it is answered or its owner gave it up.
   * @throws Problem `not-accepted`, which nobody hears, when everybody has left: who comes now has an audience of its own
   */
  async #known(
    request: KeyedRequest,
    gone: AbortSignal,
  ): Promise<{ answer: Answer | undefined } | undefined> {
    for (;;) {
      const row = await inTime(this.store.read(request));
      if (row?.hasSameBody === false) throw otherBody();
      if (row?.answer !== undefined) return row;
      if (gone.aborted) throw notAccepted(gone.reason);
      if (row === undefined || row.leaseMs <= 0) return row;
      await sleep(Math.min(POLL_MS, row.leaseMs));
    }
  }

  async #carryOut<Plan>(
    { owner, ...request }: KeyedRequest & { readonly owner: string },
    { plan, wasUncertain, accepted: known }: Inheritance<Plan>,
    { carryOut, afterwards }: Work<Plan>,
    gone: AbortSignal,
  ): Promise<Answer> {
    try {
      const accepted = known ?? (await carryOut(plan, wasUncertain, () => gone));
      const answer = (await afterwards?.(accepted, gone)) ?? accepted;
      const isUntold = afterwards !== undefined && answer === accepted && gone.aborted;
      await this.#note(
        isUntold ? this.store.untold(request, owner, answer) : this.store.answered(request, owner, answer),
      );
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

function leaseOf(timeLimitMs: number): number {
  return timeLimitMs + LEASE_RESERVE_MS;
}

/** How long a request takes that waits for a lease of another instance to run out, ms: its claim, that lease, the take-over, its work, its note. */
export function longestTimeMs(timeLimitMs: number): number {
  return STORE_DEADLINE_MS + leaseOf(timeLimitMs) + STORE_DEADLINE_MS + timeLimitMs + STORE_DEADLINE_MS;
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
