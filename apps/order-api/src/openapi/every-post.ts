import {
  headers,
  json,
  problem,
  type Operation,
  type Parameter,
  type Response,
} from '@orderstream/service/openapi';

/** What every POST takes besides its body. */
export const postParameters: readonly Parameter[] = [
  {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Makes the request safe to repeat: same key and body, same effect and answer. Kept for 7 days unless configured otherwise. ' +
      'It belongs to this endpoint, and to the caller where the service is configured to know one (`IDEMPOTENCY_CALLER_HEADER`). Otherwise ' +
      'all callers share their keys: use random ones, such as UUIDs.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[ -~]+$' },
    example: '8c2f6e0a-1f4b-4a57-9d0e-6c0b8f2a7d13',
  },
  {
    name: 'traceparent',
    in: 'header',
    description: 'W3C trace context, continued in the event. Made when it is missing.',
    schema: { type: 'string' },
  },
];

/** 202, as every POST that becomes an event is answered. */
export function accepted(
  schemaName: string,
  example: unknown,
  moreHeaders: Readonly<Record<string, string>> = {},
): Response {
  return {
    description: 'Accepted.',
    headers: headers({
      ...moreHeaders,
      'Idempotency-Replayed': '`true` when this answers a repeated request as the first one was answered',
    }),
    content: json(schemaName, example),
  };
}

/** How every POST may be refused. */
export const postRefusals: Operation['responses'] = {
  400: problem(
    'The body is not JSON, or breaks its schema: every mistake is named, at most 50. Or the Idempotency-Key is invalid.',
    {
      type: 'urn:orderstream:problem:invalid-body',
      title: 'The body breaks its schema',
      status: 400,
      detail: '1 mistake.',
      instance: '/v1/orders',
      errors: [{ pointer: '#/items/0/quantity', detail: 'must be at least 1' }],
    },
  ),
  413: problem('The body is too large.'),
  415: problem('The body is not plain application/json.'),
  422: problem('The Idempotency-Key was used with another body.'),
  503: {
    ...problem(
      '`outcome` says which: `not-accepted`, the request surely had no effect; or `outcome-unknown`, it was passed on but not ' +
        'confirmed, and may yet take effect under the ids given here. Both may be repeated with the same Idempotency-Key.',
      {
        type: 'urn:orderstream:problem:outcome-unknown',
        title: 'Outcome unknown',
        status: 503,
        outcome: 'outcome-unknown',
        order_id: '019a8c4e-7b1a-7c3e-9f54-2f6d0a4be001',
        event_id: '019a8c4e-7b1a-7f02-8d11-b3c6a1d2e002',
      },
    ),
    headers: headers({ 'Retry-After': 'seconds' }),
  },
};
