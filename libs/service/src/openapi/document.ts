import type { TSchema } from 'typebox';
import { operatingPaths, operatingSchemas } from './operating-paths.ts';
import type { Path } from './operation.ts';
import { ProblemDetails } from './problem-details.ts';

/** What a service answers over HTTP, beside what every service does. Each path is described by the feature that answers it. */
export interface HttpInterface {
  /** A sentence or two for people who are going to call it. */
  readonly description: string;
  readonly paths: Readonly<Record<string, Path>>;
  /** What the paths refer to by name; `Problem` and `HealthReport` are there already. */
  readonly schemas: Readonly<Record<string, TSchema>>;
}

const EVENTS_ONLY: HttpInterface = {
  description: 'Takes and gives events; over HTTP it says how it is.',
  paths: {},
  schemas: {},
};

export type OpenApiDocument = ReturnType<typeof openApiDocument>;

/** The OpenAPI 3.1 document of a service, `/health` and `/metrics` included. */
export function openApiDocument(service: string, api: HttpInterface = EVENTS_ONLY) {
  return {
    openapi: '3.1.0',
    info: { title: `Orderstream: ${service}`, version: '1', description: api.description },
    paths: { ...api.paths, ...operatingPaths },
    components: { schemas: { ...api.schemas, ...operatingSchemas, Problem: ProblemDetails } },
  } as const;
}
