import { ContractViolation, type EventContract, type EventOf, type PayloadOf } from './contract.ts';
import { traceparentOf, type Envelope } from './envelope.ts';
import { uuidv7 } from './uuidv7.ts';

/** A record on its way to Kafka. `partition` is computed from the key when it is not given. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly headers: Readonly<Record<string, string | Buffer | (string | Buffer)[] | undefined>>;
  readonly partition?: number;
}

export interface NewEventOptions {
  /** The service that says so. */
  readonly source: string;
  /** The event that caused this one; its correlation is carried on. */
  readonly cause?: Envelope | undefined;
  readonly eventId?: string | undefined;
  /** When it happened; default: now. */
  readonly timestamp?: string | undefined;
}

/**
 * Makes an envelope around `payload` with a fresh id.
 * @throws ContractViolation when the payload breaks the contract
 */
export function newEvent<C extends EventContract>(
  contract: C,
  payload: PayloadOf<C>,
  options: NewEventOptions,
): EventOf<C> {
  const event_id = options.eventId ?? uuidv7();
  const event = {
    event_id,
    event_type: contract.type,
    schema_version: contract.version,
    timestamp: options.timestamp ?? new Date().toISOString(),
    source: options.source,
    correlation_id: options.cause?.correlation_id ?? event_id,
    causation_id: options.cause?.event_id ?? null,
    payload,
  };
  if (!contract.accepts(event)) throw new ContractViolation(contract, contract.violations(event));
  return event as unknown as EventOf<C>;
}

/** The record that carries `event`: key, value and the headers a consumer needs before it parses. */
export function encodeRecord<C extends EventContract>(
  contract: C,
  event: EventOf<C>,
  traceparent?: string,
): OutgoingRecord {
  return recordOf(contract.topic.name, contract.keyOf(event.payload), event, traceparent);
}

/** As `encodeRecord`, for whoever kept topic and key beside the event, as the outbox does. */
export function recordOf(topic: string, key: string, event: Envelope, traceparent?: string): OutgoingRecord {
  return {
    topic,
    key,
    value: JSON.stringify(event),
    headers: {
      'event-id': event.event_id,
      'event-type': event.event_type,
      'schema-version': String(event.schema_version),
      'content-type': 'application/json',
      ...(traceparent === undefined ? undefined : { traceparent }),
    },
  };
}

/** What a handler returns for the platform to publish, once and only if the handler's effect is committed. */
export interface Emission<C extends EventContract = EventContract> {
  readonly contract: C;
  readonly payload: unknown;
  readonly cause: Envelope | undefined;
  readonly traceparent: string | undefined;
}

/** States that `payload` happened because of `cause`. Publishing is left to libs/transactional's outbox. */
export function emit<C extends EventContract>(
  contract: C,
  payload: PayloadOf<C>,
  cause?: Envelope,
): Emission<C> {
  return { contract, payload, cause, traceparent: cause && traceparentOf(cause) };
}
