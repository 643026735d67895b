import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { TSchema } from 'typebox';

type OpenApiSchema =
  Exclude<Parameters<typeof ApiResponse>[0], { $ref: string }> extends infer Options
    ? Options extends { schema: infer Schema }
      ? Schema
      : never
    : never;

/** TypeBox schemas are JSON Schema, which is what OpenAPI 3.1 is made of; only the two libraries' types do not know of each other. */
export function schemaOf(schema: TSchema): OpenApiSchema {
  return schema as unknown as OpenApiSchema;
}

/** A reference to one of the document's named schemas. */
export function named(name: string): OpenApiSchema {
  return { $ref: `#/components/schemas/${name}` };
}

interface Described {
  readonly description: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer in JSON with an example of it. */
export function JsonAnswer(
  status: number,
  { description, headers, schema, example }: Described & { schema: string; example: unknown },
): MethodDecorator {
  return ApiResponse({
    status,
    description,
    headers: headersOf(headers),
    content: { 'application/json': { schema: named(schema), example } },
  });
}

/** An answer as RFC 9457 problem. */
export function ProblemAnswer(
  status: number,
  { description, headers, example }: Described & { example?: Readonly<Record<string, unknown>> },
): MethodDecorator {
  return ApiResponse({
    status,
    description,
    headers: headersOf(headers),
    content: { 'application/problem+json': { schema: named('Problem'), ...(example ? { example } : {}) } },
  });
}

/** What every POST takes: its key, its trace, its refusals. */
export function DescribesPost(): MethodDecorator {
  return applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Makes the request safe to repeat: same key and body, same effect and answer. Kept for 7 days unless configured otherwise.',
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[ -~]+$' },
      example: '8c2f6e0a-order-1',
    }),
    ApiHeader({
      name: 'traceparent',
      required: false,
      description: 'W3C trace context; continued in the event. Made when missing.',
    }),
    ProblemAnswer(400, {
      description:
        'The body is not JSON, or breaks its schema: every mistake is named, at most 50. Or the Idempotency-Key is invalid.',
      example: {
        type: 'urn:orderstream:problem:invalid-body',
        title: 'The body breaks its schema',
        status: 400,
        detail: '1 mistake.',
        instance: '/v1/orders',
        errors: [{ pointer: '#/items/0/quantity', detail: 'must be at least 1' }],
      },
    }),
    ProblemAnswer(413, { description: 'The body is too large.' }),
    ProblemAnswer(415, { description: 'The body is not plain application/json.' }),
    ProblemAnswer(422, { description: 'The Idempotency-Key was used with another body.' }),
    ProblemAnswer(503, {
      description:
        '`outcome` says which: `not-accepted`, the request surely had no effect; or `outcome-unknown`, it was passed on but not confirmed, ' +
        'and may yet take effect under the ids given here. Both may be repeated with the same Idempotency-Key.',
      headers: { 'Retry-After': 'seconds' },
      example: {
        type: 'urn:orderstream:problem:outcome-unknown',
        title: 'Outcome unknown',
        status: 503,
        outcome: 'outcome-unknown',
        order_id: '019a8c4e-7b1a-7c3e-9f54-2f6d0a4be001',
        event_id: '019a8c4e-7b1a-7f02-8d11-b3c6a1d2e002',
      },
    }),
  );
}

function headersOf(headers: Readonly<Record<string, string>> = {}) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' as const } },
    ]),
  );
}
