import { newEvent, uuidv7, type Envelope, type EventContract } from '@orderstream/events';
import { mistakesOf, type ItemFaults, type Mistake } from '@orderstream/service';
import { Compile, type Validator } from 'typebox/compile';
import {
  WEB_EVENT_TYPES,
  webEventContracts,
  webEventItems,
  type WebEventItem,
  type WebEventType,
} from './web-event-body.ts';

/** An item that was not taken, and why. */
export interface RejectedItem {
  readonly index: number;
  readonly errors: readonly Mistake[];
}

/** What becomes of a batch: events with their ids, and what was wrong with the rest. */
export interface SortedBatch {
  readonly events: readonly Envelope[];
  readonly rejected: readonly RejectedItem[];
}

const MINUTE_MS = 60_000;
/** A device may have been offline for a week; clocks go a few minutes wrong. Beyond that nothing can be said with such a time. */
const OLDEST_MS = 7 * 24 * 60 * MINUTE_MS;
const NEWEST_MS = 5 * MINUTE_MS;
const SOURCE = 'order-api';

const validators = Object.fromEntries(
  Object.entries(webEventItems).map(([type, schema]) => [type, Compile(schema)]),
) as unknown as Readonly<Record<WebEventType, Validator>>;

/** Items that are a part of a request. */
export interface Part {
  /** Of its first item. */
  readonly firstIndex: number;
  /** Of items whose text is wrong: they were not parsed to what it says, and are refused unseen. */
  readonly faults: ItemFaults;
}

/** Makes events of the good items and says of the others what is wrong with them, each by its place in the request. */
export function sortBatch(
  items: readonly unknown[],
  nowMs: number,
  { firstIndex, faults }: Part = { firstIndex: 0, faults: new Map() },
): SortedBatch {
  const events: Envelope[] = [];
  const rejected: RejectedItem[] = [];
  items.forEach((item, offset) => {
    const index = firstIndex + offset;
    const errors = faults.get(index) ?? mistakesIn(item, nowMs).map((mistake) => placed(mistake, index));
    if (errors.length === 0) events.push(eventOf(item as WebEventItem, nowMs));
    else rejected.push({ index, errors });
  });
  return { events, rejected };
}

function mistakesIn(item: unknown, nowMs: number): readonly Mistake[] {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    return [{ pointer: '#', detail: 'must be an object' }];
  }
  const { event_type } = item as { event_type?: unknown };
  if (event_type === undefined) return [{ pointer: '#/event_type', detail: 'is missing' }];
  if (!isWebEventType(event_type)) {
    return [{ pointer: '#/event_type', detail: `must be one of ${WEB_EVENT_TYPES.join(', ')}` }];
  }
  const validator = validators[event_type];
  return validator.Check(item) ? timeMistakes(item as WebEventItem, nowMs) : mistakesOf(validator, item);
}

function timeMistakes({ timestamp }: WebEventItem, nowMs: number): readonly Mistake[] {
  if (timestamp === undefined) return [];
  const pointer = '#/timestamp';
  const atMs = Date.parse(timestamp);
  if (atMs < nowMs - OLDEST_MS) return [{ pointer, detail: 'must not be older than 7 days' }];
  return atMs > nowMs + NEWEST_MS ? [{ pointer, detail: 'must not be more than 5 minutes ahead' }] : [];
}

/** The id says when the event was collected: by the same clock that has just judged its timestamp. */
function eventOf({ event_type, timestamp, ...payload }: WebEventItem, nowMs: number): Envelope {
  return newEvent(webEventContracts[event_type] as EventContract, payload, {
    source: SOURCE,
    eventId: uuidv7(nowMs),
    // Clients' clocks may say less or more than milliseconds; an envelope's says just these.
    timestamp: new Date(timestamp === undefined ? nowMs : Date.parse(timestamp)).toISOString(),
  });
}

function isWebEventType(value: unknown): value is WebEventType {
  return typeof value === 'string' && Object.hasOwn(webEventContracts, value);
}

function placed({ pointer, detail }: Mistake, index: number): Mistake {
  return { pointer: `#/events/${index}${pointer.slice(1)}`, detail };
}
