import type { TSchema } from 'typebox';

/** The part of OpenAPI 3.1 that describes one operation. TypeBox schemas are JSON Schema, which is what it is made of. */
export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: true; readonly content: Content };
  readonly responses: Readonly<Record<number, Response>>;
}

/** The operations of one path, by method. */
export type Path = Readonly<Partial<Record<'get' | 'post', Operation>>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'header' | 'path' | 'query';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
  readonly example?: string | number;
}

export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: Schema }>>;
  readonly content?: Content;
}

type Schema =
  TSchema | { readonly $ref: string } | { readonly type: string; readonly [keyword: string]: unknown };
type Content = Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>>;

/** JSON of one of the document's named schemas, and what it looks like. */
export function json(schemaName: string, example?: unknown): Content {
  return { 'application/json': { schema: named(schemaName), ...(example === undefined ? {} : { example }) } };
}

/** An answer as RFC 9457 problem. */
export function problem(description: string, example?: Readonly<Record<string, unknown>>): Response {
  const content = { schema: named('Problem'), ...(example === undefined ? {} : { example }) };
  return { description, content: { 'application/problem+json': content } };
}

/** Headers of an answer, with what they say. */
export function headers(descriptions: Readonly<Record<string, string>>): NonNullable<Response['headers']> {
  const entries = Object.entries(descriptions);
  return Object.fromEntries(
    entries.map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}

function named(name: string): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}
