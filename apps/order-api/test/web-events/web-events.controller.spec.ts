import { EventEmitter } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Idempotency } from '../../src/idempotency/idempotency.ts';
import type { IdempotentRequests } from '../../src/idempotency/idempotent-requests.ts';
import type { CollectWebEvents } from '../../src/web-events/collect-web-events.ts';
import { WebEventsController } from '../../src/web-events/web-events.controller.ts';

it('a batch without a key: nobody listens for its client to leave', async () => {
  const connection = new EventEmitter();
  const reply = { code: () => reply, headers: () => reply, header: () => reply, raw: connection };
  const collect = {
    plan: () => Promise.resolve({ events: [], rejected: [], traceparent: '00-0123' }),
    carryOut: () => Promise.resolve({ status: 202, headers: {}, body: 'done' }),
  };
  const idempotency = new Idempotency({} as IdempotentRequests, undefined);
  const controller = new WebEventsController(idempotency, collect as unknown as CollectWebEvents);
  const request = { headers: {} } as FastifyRequest;
  expect(await controller.take({ events: [] }, request, reply as unknown as FastifyReply)).toBe('done');
  expect(connection.listenerCount('close')).toBe(0);
});
