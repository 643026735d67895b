import { isUtf8 } from 'node:buffer';
import type { KafkaMessage } from 'kafkajs';
import type { EventContract, Violation } from '../contract.ts';
import { contracts } from '../contracts/registry.ts';
import type { DeadLetterReason } from '../dead-letter/reason.ts';
import { received, type Envelope, type ReceivedEvent } from '../envelope.ts';
import { headerText } from './header-text.ts';
import type { Subscription } from './subscription.ts';

/** What a record turned out to be. */
export type Decoded =
  | { readonly kind: 'event'; readonly event: ReceivedEvent; readonly eventType: string }
  /** A type this group does not handle. */
  | { readonly kind: 'skipped'; readonly eventType: string }
  | { readonly kind: 'dead'; readonly reason: DeadLetterReason; readonly detail: string };

const knownTypes: ReadonlySet<string> = new Set(contracts.map(({ type }) => type));
/** A label for metrics: a stranger's type name must not create a time series of its own. */
const UNKNOWN_TYPE = 'unknown';
const MAX_NAMED_VIOLATIONS = 5;

/**
 * Reads one record. A type the group does not handle is skipped by its header, unparsed: a newer producer may be ahead of us.
 * What it does handle must be an envelope of a known version that keeps its contract and stands under its own key.
 * @param handledUpTo records below this offset were handled before, by a database that is gone
 */
export function decode(message: KafkaMessage, subscription: Subscription, handledUpTo = 0): Decoded {
  const headerType = headerText(message, 'event-type');
  if (headerType !== undefined && !subscription.handled.has(headerType)) {
    return { kind: 'skipped', eventType: knownTypes.has(headerType) ? headerType : UNKNOWN_TYPE };
  }
  if (message.value === null || message.value.length === 0)
    return dead('empty-value', 'the record has no value');
  const body = parse(message.value);
  if (body === NOT_JSON) return dead('not-json', 'the value is not JSON in UTF-8');
  const bodyType = (body as Partial<Envelope> | null)?.event_type;
  if (typeof bodyType !== 'string') return dead('not-an-envelope', 'the value has no event_type');

  if (headerType !== undefined && headerType !== bodyType) {
    return dead('header-mismatch', 'the event-type header names another type than the value');
  }
  const versions = subscription.handled.get(bodyType);
  if (versions === undefined) {
    return knownTypes.has(bodyType)
      ? { kind: 'skipped', eventType: bodyType }
      : dead('unknown-event-type', 'no contract names this event type');
  }
  return decodeHandled(message, body as Envelope, versions, handledUpTo);
}

function decodeHandled(
  message: KafkaMessage,
  body: Envelope,
  versions: ReadonlyMap<number, EventContract>,
  handledUpTo: number,
): Decoded {
  if (typeof body.event_id !== 'string' || !Number.isInteger(body.schema_version)) {
    return dead('not-an-envelope', 'event_id or schema_version is missing or of another type');
  }
  const headerVersion = headerText(message, 'schema-version');
  if (headerVersion !== undefined && headerVersion !== String(body.schema_version)) {
    return dead('header-mismatch', 'the schema-version header contradicts the value');
  }
  const headerId = headerText(message, 'event-id');
  if (headerId !== undefined && headerId !== body.event_id) {
    return dead('header-mismatch', 'the event-id header contradicts the value');
  }
  const contract = versions.get(body.schema_version);
  if (contract === undefined) {
    return dead('unknown-schema-version', 'this version of the event type is not known here');
  }
  if (!contract.accepts(body)) return violated(body, contract.violations(body));
  if (message.key?.toString() !== contract.keyOf(body.payload as object)) {
    return dead('key-mismatch', `the record's key is not the payload's ${contract.key.join('/')}`);
  }
  const delivery = {
    offset: Number(message.offset),
    traceparent: headerText(message, 'traceparent'),
    key: message.key,
    wasHandledBefore: Number(message.offset) < handledUpTo,
  };
  return { kind: 'event', event: received(body, delivery), eventType: contract.type };
}

const NOT_JSON = Symbol('not JSON');

function parse(value: Buffer): unknown {
  if (!isUtf8(value)) return NOT_JSON;
  try {
    return JSON.parse(value.toString()) as unknown;
  } catch {
    return NOT_JSON;
  }
}

function violated(body: Envelope, violations: readonly Violation[]): Decoded {
  // A missing member is reported at the object that lacks it: `/payload` is the payload's own matter if it is an object at all.
  const isObject = typeof body.payload === 'object' && body.payload !== null && !Array.isArray(body.payload);
  const inEnvelope = violations.filter(({ pointer }) => !isObject || !/^\/payload(\/|$)/.test(pointer));
  const [reason, named] =
    inEnvelope.length > 0
      ? (['not-an-envelope', inEnvelope] as const)
      : (['contract-violated', violations] as const);
  const rules = named.slice(0, MAX_NAMED_VIOLATIONS).map(({ pointer, rule }) => `${pointer || '/'} ${rule}`);
  return dead(reason, rules.join('; '));
}

function dead(reason: DeadLetterReason, detail: string): Decoded {
  return { kind: 'dead', reason, detail };
}
