import type { HttpAdapterHost } from '@nestjs/core';
import type { Problem } from '@orderstream/service';
import { fastify, type FastifyInstance } from 'fastify';
import { Admission } from '../../src/web-events/admission.ts';
import { BODY_LIMIT_BYTES } from '../../src/web-events/web-events.controller.ts';

/** A collector that is done with a batch at once, as with one of nothing but mistakes. */
function collector(): FastifyInstance {
  const http = fastify({ bodyLimit: BODY_LIMIT_BYTES });
  new Admission({ httpAdapter: { getInstance: () => http } } as unknown as HttpAdapterHost).onModuleInit();
  http.setErrorHandler((error, _request, reply) => reply.code((error as Problem).getStatus()).send());
  http.post('/v1/web-events', (_request, reply) => reply.send('done'));
  return http;
}

describe('batches that come together', () => {
  const http = collector();
  afterAll(() => http.close());

  const statuses = async (count: number, bytes: number): Promise<number[]> => {
    const payload = JSON.stringify('x'.repeat(bytes));
    const headers = { 'content-type': 'application/json' };
    const send = () => http.inject({ method: 'POST', url: '/v1/web-events', headers, payload });
    return (await Promise.all(Array.from({ length: count }, send))).map(({ statusCode }) => statusCode);
  };

  it('more than 512 KiB: one is taken before others have their turn, though it was done with at once', async () => {
    expect(await statuses(5, 300 * 1024)).toEqual([200, 429, 429, 429, 429]);
  });

  it('one after the other: all are taken', async () => {
    for (let batch = 0; batch < 20; batch += 1) expect(await statuses(1, 300 * 1024)).toEqual([200]);
  });

  it('512 KiB and less: all are taken', async () => {
    expect(await statuses(5, 100 * 1024)).toEqual(Array(5).fill(200));
  });
});
