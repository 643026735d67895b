import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import {
  NotAcceptedError,
  QueueFullError,
  recordOf,
  webEvents,
  type Envelope,
  type EventProducer,
  type OutgoingRecord,
} from '@orderstream/events';
import type { ItemFaults } from '@orderstream/service';
import type { Answer } from '../answer.ts';
import { notAccepted, outcomeUnknown } from '../publishing/outcome.ts';
import { tooManyWebEvents } from './too-many-web-events.ts';
import { sortBatch, type SortedBatch } from './web-events.rules.ts';

/** Injection token of the producer that web events leave by. */
export const WEB_EVENT_PRODUCER = Symbol('WEB_EVENT_PRODUCER');

/** What may wait for Kafka, bytes. Orders wait elsewhere: however many visitors there are, they take nothing of their room. */
export const WEB_EVENT_QUEUE_BYTES = 8 * 1024 * 1024;
/** More than the largest batch becomes on its way: 512 KiB of body, and 500 envelopes with their headers. */
const LARGEST_BATCH_BYTES = 1024 * 1024;

/** Others have their turn after so long, ms: good items take less, all of them together, but bad ones are told in detail. */
const TURN_MS = 5;
/** How many items are sorted between two looks at the clock. */
const SLICE_ITEMS = 10;

/** What is going to be sent: made once, so that a repeat under the same Idempotency-Key sends the same events. */
export interface CollectionPlan extends SortedBatch {
  readonly traceparent: string;
}

/** Takes a batch of web events: all of the good ones, or none. */
@Injectable()
export class CollectWebEvents {
  constructor(@Inject(WEB_EVENT_PRODUCER) private readonly producer: EventProducer) {}

  /** @param faults what is wrong with items that were not parsed to what their text says: these are refused unseen */
  async plan(items: readonly unknown[], faults: ItemFaults, traceparent: string): Promise<CollectionPlan> {
    const nowMs = Date.now();
    const parts: SortedBatch[] = [];
    let turnEndsMs = performance.now() + TURN_MS;
    for (let at = 0; at < items.length; at += SLICE_ITEMS) {
      parts.push(sortBatch(items.slice(at, at + SLICE_ITEMS), nowMs, { firstIndex: at, faults }));
      if (performance.now() < turnEndsMs) continue;
      await nextTurn();
      turnEndsMs = performance.now() + TURN_MS;
    }
    return {
      events: parts.flatMap(({ events }) => events),
      rejected: parts.flatMap(({ rejected }) => rejected),
      traceparent,
    };
  }

  /**
   * Sends the events and waits until all in-sync replicas hold each of them.
   * @throws Problem 429 when too much is waiting already: nothing of this batch was sent; 503 when not all were confirmed, or what
   * an earlier attempt has sent cannot be completed now
   */
  async carryOut({ events, rejected, traceparent }: CollectionPlan, isRepeat: boolean): Promise<Answer> {
    if (this.producer.health().queuedBytes > WEB_EVENT_QUEUE_BYTES - LARGEST_BATCH_BYTES) {
      const full = tooManyWebEvents();
      throw isRepeat ? outcomeUnknown(full, {}) : full;
    }
    const records = events.map((event) => recordFor(event, traceparent));
    const failures = (await this.producer.sendAll(records)).flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
    );
    if (failures.length > 0) throw failed(failures, events.length, isRepeat);
    return { status: 202, headers: {}, body: JSON.stringify({ accepted: events.length, rejected }) };
  }
}

function recordFor(event: Envelope, traceparent: string): OutgoingRecord {
  const { session_id } = event.payload as { session_id: string };
  return recordOf(webEvents.name, session_id, event, traceparent);
}

/** Some of a batch may be in the topic when others are not: then the whole is unknown, and a repeat under its key completes it. */
function failed(failures: readonly unknown[], count: number, isRepeat: boolean): unknown {
  const [first] = failures;
  const areUnsent = failures.every((failure) => failure instanceof NotAcceptedError);
  if (areUnsent && failures.length === count && !isRepeat) {
    return first instanceof QueueFullError ? tooManyWebEvents(first) : notAccepted(first);
  }
  return outcomeUnknown(first, {});
}
