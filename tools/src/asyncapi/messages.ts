import { fields, type EventContract } from '@orderstream/events';
import { BINDING_VERSION } from './bindings.ts';

/** A message's name in the document, such as `order.created.v1`. */
export function nameOf({ type, version }: EventContract): string {
  return `${type}.v${version}`;
}

/** One version of an event type as a message: the contract's own schema, and what travels beside it. */
export function messageOf(contract: EventContract) {
  return {
    name: contract.type,
    title: `${contract.type}, version ${contract.version}`,
    headers: headersOf(contract),
    payload: contract.envelope,
    correlationId: {
      description: '`event_id` of the first event of the chain',
      location: '$message.payload#/correlation_id',
    },
    bindings: { kafka: { key: keyOf(contract), bindingVersion: BINDING_VERSION } },
  };
}

/** What `encodeRecord` puts beside the value, for whoever decides before parsing. */
function headersOf({ type, version }: EventContract) {
  return {
    type: 'object',
    required: ['event-id', 'event-type', 'schema-version', 'content-type'],
    properties: {
      'event-id': fields.EventId,
      'event-type': { type: 'string', const: type },
      'schema-version': { type: 'string', const: String(version) },
      'content-type': { type: 'string', const: 'application/json' },
      traceparent: {
        type: 'string',
        pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$',
        description: 'W3C Trace Context',
      },
    },
  };
}

function keyOf({ key, payload }: EventContract) {
  const [only, ...others] = key;
  if (only !== undefined && others.length === 0) {
    return { ...payload.properties[only], description: `the payload's \`${only}\`` };
  }
  return { type: 'string', description: key.map((member) => `\`${member}\``).join(', ') + ', joined by `/`' };
}
