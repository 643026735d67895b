import Type, { type Static, type TObject, type TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import type { Envelope } from './envelope.ts';
import { EventId, Timestamp } from './contracts/fields.ts';
import type { Topic } from './topics.ts';

/** One version of one event type: its payload's schema, the topic it travels on and the payload members that make its key. */
export interface EventContract<Name extends string = string, Payload extends TObject = TObject> {
  readonly type: Name;
  readonly version: number;
  readonly topic: Topic;
  /** Names of the payload members that make the record's key; several are joined by `/`. */
  readonly key: readonly string[];
  readonly payload: Payload;
  /** JSON Schema of the whole record value. Unknown members are allowed: a newer producer may add some. */
  readonly envelope: TSchema;
  /** The record's key for a payload that keeps the contract. */
  keyOf(payload: object): string;
  /** True when `value` is an envelope of this type and version with a valid payload. */
  accepts(value: unknown): boolean;
  /** What is wrong with `value`: JSON pointers and rules, never the values themselves. Empty when nothing is. */
  violations(value: unknown): Violation[];
}

export interface Violation {
  /** RFC 6901, relative to the record's value. */
  readonly pointer: string;
  readonly rule: string;
}

/** The envelope's type for a contract, or for a union of them. */
export type EventOf<C extends EventContract> =
  C extends EventContract<infer Name, infer Payload> ? Envelope<Name, Static<Payload>> : never;

/** The payload's type for a contract. */
export type PayloadOf<C extends EventContract> = EventOf<C>['payload'];

const Id = Type.String({ minLength: 1, maxLength: 128 });

/** The envelope's members, for contracts and for telling "no envelope" from "wrong payload". */
export const envelopeMembers = {
  event_id: EventId,
  event_type: Type.String({ minLength: 1 }),
  schema_version: Type.Integer({ minimum: 1 }),
  timestamp: Timestamp,
  source: Id,
  correlation_id: Id,
  causation_id: Type.Union([Id, Type.Null()]),
};

type MemberOf<Payload extends TObject> = keyof Static<Payload> & string;

/** Declares an event type. The validator is compiled at first use, so that reading contracts costs nothing. */
export function defineEvent<const Name extends string, Payload extends TObject>(declaration: {
  type: Name;
  version: number;
  topic: Topic;
  key: MemberOf<Payload> | readonly MemberOf<Payload>[];
  payload: Payload;
}): EventContract<Name, Payload> {
  const envelope = Type.Object({
    ...envelopeMembers,
    event_type: Type.Literal(declaration.type),
    schema_version: Type.Literal(declaration.version),
    payload: declaration.payload,
  });
  const key = [declaration.key].flat();
  let compiled: Validator | undefined;
  const validator = (): Validator => (compiled ??= Compile(envelope));
  return {
    ...declaration,
    key,
    keyOf: (payload) => key.map((member) => String((payload as Record<string, unknown>)[member])).join('/'),
    envelope,
    accepts: (value) => validator().Check(value),
    violations: (value) =>
      validator()
        .Errors(value)
        .map(({ instancePath, message }) => ({ pointer: instancePath, rule: message })),
  };
}

/** Raised when our own code makes an event that breaks its contract: a bug, never the caller's input. */
export class ContractViolation extends TypeError {
  readonly code = 'contract-violated';
  readonly violations: readonly Violation[];

  constructor(contract: EventContract, violations: readonly Violation[]) {
    const first = violations.slice(0, 5).map(({ pointer, rule }) => `${pointer || '/'} ${rule}`);
    super(`${contract.type} v${contract.version} breaks its contract: ${first.join('; ')}`);
    this.name = 'ContractViolation';
    this.violations = violations;
  }
}
