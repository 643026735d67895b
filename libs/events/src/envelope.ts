/** What every record's value holds, on the wire, in TypeScript and in SQL under the same names. */
export interface Envelope<Type extends string = string, Payload = unknown> {
  /** UUIDv7; the same for ever, however often the record is sent. */
  readonly event_id: string;
  readonly event_type: Type;
  readonly schema_version: number;
  /** When it happened: RFC 3339, UTC, milliseconds. */
  readonly timestamp: string;
  /** The service that says so. */
  readonly source: string;
  /** `event_id` of the first event of the chain. */
  readonly correlation_id: string;
  /** `event_id` of the event that caused this one; null on the first of a chain. */
  readonly causation_id: string | null;
  readonly payload: Payload;
}

/** Where a received event came from. Handlers have no use for it; positions, outbox and metrics do. */
export interface Delivery {
  readonly offset: number;
  readonly traceparent: string | undefined;
  /** The record's key as on the wire. */
  readonly key?: Buffer | null;
  /** True when the group has come past this record before, with a database that is gone. */
  readonly wasHandledBefore?: boolean;
}

const DELIVERY = Symbol('delivery');

/** An event as a consumer hands it on: the envelope, and out of sight of JSON the delivery. */
export type ReceivedEvent<E extends Envelope = Envelope> = E & { readonly [DELIVERY]: Delivery };

/** Marks an envelope with where it came from. Changes the object it is given: it was parsed for this one purpose. */
export function received<E extends Envelope>(event: E, delivery: Delivery): ReceivedEvent<E> {
  return Object.assign(event, { [DELIVERY]: delivery });
}

/** The event's offset in its partition. */
export function offsetOf(event: ReceivedEvent): number {
  return event[DELIVERY].offset;
}

/** The key of the event's record, as on the wire; null when it has none. */
export function recordKeyOf(event: ReceivedEvent): Buffer | null {
  return event[DELIVERY].key ?? null;
}

/**
 * True when the group's committed offset in Kafka is past the event although its database is not: the database was restored from a backup
 * or failed over to a replica that lacked the newest rows, and what the event led to outside of it has probably happened. Never true of
 * an event that is given again by `replay`, which sets both back.
 */
export function wasHandledBefore(event: Envelope): boolean {
  return (event as Partial<ReceivedEvent>)[DELIVERY]?.wasHandledBefore ?? false;
}

/** The W3C trace context the event travels in; undefined when it was not received or carries none. */
export function traceparentOf(event: Envelope): string | undefined {
  return (event as Partial<ReceivedEvent>)[DELIVERY]?.traceparent;
}
