import Type from 'typebox';
import { json, type Operation, type Path } from './operation.ts';

/** What a probe is answered (health/health.ts). */
const HealthReport = Type.Object({
  service: Type.String(),
  status: Type.Enum(['starting', 'ready', 'not ready', 'stopping', 'alive', 'needs a restart']),
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      ready: Type.Optional(Type.Boolean()),
      alive: Type.Optional(Type.Boolean()),
      detail: Type.Optional(Type.Object({})),
    }),
  ),
});

export const operatingSchemas = { HealthReport };

const tags = ['operating'];

function probe(
  operationId: string,
  summary: string,
  answers: readonly [good: string, bad: string],
): Operation {
  const [good, bad] = answers;
  const name = operationId === 'isLive' ? 'alive' : 'ready';
  const content = (status: string, verdict: boolean) =>
    json('HealthReport', {
      service: 'worker',
      status,
      checks: [{ name: 'consumer worker', [name]: verdict }],
    });
  return {
    operationId,
    tags,
    summary,
    responses: {
      200: { description: `Yes: ${good}.`, content: content(good, true) },
      503: { description: `No: ${bad}.`, content: content(bad, false) },
    },
  };
}

/** What every service answers its orchestrator and its operators. */
export const operatingPaths: Readonly<Record<string, Path>> = {
  '/health/live': {
    get: probe('isLive', 'Whether a restart would not help', ['alive', 'needs a restart']),
  },
  '/health/ready': {
    get: probe('isReady', 'Whether it does its work now', ['ready', 'not ready']),
  },
  '/metrics': {
    get: {
      operationId: 'readMetrics',
      tags,
      summary: 'Metrics for Prometheus',
      responses: {
        200: {
          description: 'In its text format.',
          content: { 'text/plain': { schema: { type: 'string' } } },
        },
      },
    },
  },
};
