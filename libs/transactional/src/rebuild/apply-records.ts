import { setTimeout as sleep } from 'node:timers/promises';
import {
  type HandleEvents,
  type ReceivedEvent,
  type RecordPosition,
  type Subscription,
  TransientError,
  offsetOf,
} from '@orderstream/events';
import { decode } from '@orderstream/events/rebuild';
import type { Database } from '../database/database.ts';
import type { KafkaMessage } from './kafka-message.ts';

/** A record that cannot be handled, although the group has not given it up. */
export interface Failure {
  readonly at: RecordPosition;
  readonly why: string;
}

const TRIES = 6;
const PAUSE_MS = 200;

/**
 * Handles records of one partition on the shadow's tables, as the group does: the same decoding, the same handler. What it would emit
 * is dropped: it was emitted when the group handled them.
 * @returns those that could not be handled; all others are
 * @throws TransientError when the database stays away
 */
export async function applyRecords(
  shadow: Database,
  subscription: Subscription,
  partition: number,
  records: readonly KafkaMessage[],
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const at = (offset: number): RecordPosition => ({ topic: subscription.topic, partition, offset });
  const events: ReceivedEvent[] = [];
  for (const record of records) {
    const decoded = decode(record, subscription);
    if (decoded.kind === 'event') events.push(decoded.event);
    if (decoded.kind === 'dead') {
      failures.push({ at: at(Number(record.offset)), why: `${decoded.reason}: ${decoded.detail}` });
    }
  }
  const { handle } = subscription;
  for (const { event, error } of await handleNarrowing(shadow, handle, events)) {
    failures.push({ at: at(offsetOf(event)), why: error instanceof Error ? error.message : String(error) });
  }
  return failures;
}

interface Refused {
  readonly event: ReceivedEvent;
  readonly error: unknown;
}

/** All at once; when that fails, each half by itself, down to the single record. */
async function handleNarrowing(
  shadow: Database,
  handle: HandleEvents,
  events: ReceivedEvent[],
): Promise<Refused[]> {
  if (events.length === 0) return [];
  try {
    await patiently(() => shadow.transaction(async (tx) => void (await handle(events, tx))));
    return [];
  } catch (error) {
    if (error instanceof TransientError) throw error;
    if (events.length === 1) return [{ event: events[0] as ReceivedEvent, error }];
  }
  const middle = Math.ceil(events.length / 2);
  const front = await handleNarrowing(shadow, handle, events.slice(0, middle));
  return [...front, ...(await handleNarrowing(shadow, handle, events.slice(middle)))];
}

/** Deadlocks and the like pass; a database that stays away ends the rebuild. */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TransientError) || tries === TRIES) throw error;
      await sleep(PAUSE_MS * tries);
    }
  }
}
