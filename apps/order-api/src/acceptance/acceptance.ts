import { Inject, Injectable } from '@nestjs/common';
import {
  encodeRecord,
  EventProducer,
  newEvent,
  type EventContract,
  type EventOf,
  type PayloadOf,
} from '@orderstream/events';
import { traceparentOf } from '@orderstream/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clientGone, writeHead, type Answer } from '../answer.ts';
import { Idempotency } from '../idempotency/idempotency.ts';
import { isNotAccepted, outcomeUnknown } from '../publishing/outcome.ts';
import { publish } from '../publishing/publish.ts';

/** A POST that becomes one event. */
export interface Acceptable<C extends EventContract> {
  readonly contract: C;
  /** What makes a repeat the same request: the parsed body, and of the path what is not in it. */
  readonly body: unknown;
  /** Made once per Idempotency-Key, ids included. @throws Problem 400 for what a schema cannot say */
  readonly payload: () => PayloadOf<C>;
  /** The payload's member that the caller is told, beside `event_id`: with 202, and when the outcome is unknown. */
  readonly id: keyof PayloadOf<C> & string;
  /** Depends on the event alone: whoever publishes it, and however often, answers the same. Default: 202 with the ids. */
  readonly answer?: (event: EventOf<C>) => Answer;
  /**
   * Refuses what the state of things forbids; where an earlier attempt under the key has had its effect it must not.
   * @throws Problem; 503 `not-accepted` when it cannot be known
   */
  readonly check?: (event: EventOf<C>, gone: AbortSignal) => Promise<Finding>;
  /** What there is to remember of an event that is accepted. Must not throw. */
  readonly note?: (event: EventOf<C>) => Promise<void>;
  /** What else the caller wants, once the event is accepted; `accepted` when it cannot be had, or nobody waits for it any more. */
  readonly afterwards?: ((accepted: Answer, gone: AbortSignal) => Promise<Answer>) | undefined;
  /** Longest time that `check`, `note` and `afterwards` take together, ms. */
  readonly extraTimeMs?: number;
}

/** `in-log`: everybody can see the event already, and it is not sent again. */
export type Finding = 'allowed' | 'in-log';

/** What is going to be done: made before anything is sent, so that a repeat sends the same event. */
interface Plan<C extends EventContract> {
  readonly event: EventOf<C>;
  readonly traceparent: string;
}

const SOURCE = 'order-api';
/** The producer's deadline, and a little. */
const PUBLISH_LIMIT_MS = 6_000;

/** Accepts requests: accepted means that all in-sync replicas hold the event. */
@Injectable()
export class Acceptance {
  constructor(
    @Inject(Idempotency) private readonly idempotency: Idempotency,
    @Inject(EventProducer) private readonly producer: EventProducer,
  ) {}

  /**
   * Answers the request; without an Idempotency-Key it touches nothing but Kafka and what it asks for itself. Returns the body.
   * @throws Problem 503 when the event was not confirmed; what Idempotency and the request's own functions throw
   */
  async accept<C extends EventContract>(
    request: FastifyRequest,
    reply: FastifyReply,
    wanted: Acceptable<C>,
  ): Promise<string> {
    const { contract, body, payload, afterwards, extraTimeMs = 0 } = wanted;
    const answer = await this.idempotency.answer<Plan<C>>(request, {
      body,
      gone: () => clientGone(reply),
      timeLimitMs: PUBLISH_LIMIT_MS + extraTimeMs,
      plan: () => ({
        event: newEvent(contract, payload(), { source: SOURCE }),
        traceparent: traceparentOf(request),
      }),
      carryOut: (plan, isRepeat, gone) => this.#carryOut(wanted, plan, { isRepeat, gone }),
      afterwards,
    });
    return writeHead(reply, answer);
  }

  async #carryOut<C extends EventContract>(
    { contract, id, answer, check, note }: Acceptable<C>,
    { event, traceparent }: Plan<C>,
    { isRepeat, gone }: { readonly isRepeat: boolean; readonly gone: () => AbortSignal },
  ): Promise<Answer> {
    const payload: Readonly<Record<string, unknown>> = event.payload;
    const ids = { [id]: payload[id] as string, event_id: event.event_id };
    const finding = await check?.(event, gone()).catch((error: unknown) => {
      throw isRepeat && isNotAccepted(error) ? outcomeUnknown(error, ids) : error;
    });
    if (finding !== 'in-log') {
      await publish(this.producer, { record: encodeRecord(contract, event, traceparent), ids, isRepeat });
    }
    await note?.(event);
    return answer?.(event) ?? { status: 202, headers: {}, body: JSON.stringify(ids) };
  }
}
