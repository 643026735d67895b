import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HttpAdapterHost } from '@nestjs/core';
import type { Problem } from '@orderstream/service';
import { jest } from '@jest/globals';
import { eventually } from '@orderstream/testing';
import { fastify, type FastifyInstance } from 'fastify';
import { Admission } from '../../src/web-events/admission.ts';
import { BODY_LIMIT_BYTES } from '../../src/web-events/web-events.controller.ts';

/** A collector that is done with a batch at once, as with one of nothing but mistakes, or when `work` is. */
function collector(work?: () => Promise<void>): FastifyInstance {
  const http = fastify({ bodyLimit: BODY_LIMIT_BYTES });
  new Admission({ httpAdapter: { getInstance: () => http } } as unknown as HttpAdapterHost).onModuleInit();
  http.setErrorHandler((error, _request, reply) => reply.code((error as Problem).getStatus()).send());
  http.post('/v1/web-events', async () => {
    await work?.();
    return 'done';
  });
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

// Sockets, and whoever waits for them, keep their own time.
const ALL_BUT_TIMEOUTS = [
  'Date',
  'performance',
  'nextTick',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
] as const;

describe('a client that leaves', () => {
  /** How the work on the batches that wait is ended. */
  const finishes: (() => void)[] = [];
  let [begun, isQuick] = [0, true];
  const http = collector(async () => {
    begun += 1;
    if (!isQuick) await new Promise<void>((resolve) => finishes.push(resolve));
  });
  const payload = JSON.stringify('x'.repeat(300 * 1024));
  const headers = { 'content-type': 'application/json' };
  let port: number;
  beforeAll(async () => {
    await http.listen({ host: '127.0.0.1', port: 0 });
    ({ port } = http.server.address() as AddressInfo);
  });
  afterAll(() => http.close());

  const connections = (): Promise<number> =>
    new Promise((resolve) => http.server.getConnections((_, count) => resolve(count)));
  const statusOfNext = async (): Promise<number> =>
    (await http.inject({ method: 'POST', url: '/v1/web-events', headers, payload })).statusCode;

  /** Sends a batch that is worked on until its finish is called, and leaves. */
  const sendAndLeave = async (beforeItLeaves: () => void = () => undefined): Promise<void> => {
    const before = begun;
    isQuick = false;
    const leaving = request({ host: '127.0.0.1', port, path: '/v1/web-events', method: 'POST', headers });
    leaving.on('error', () => undefined);
    leaving.end(payload);
    await eventually(() => begun > before);
    isQuick = true;
    beforeItLeaves();
    leaving.destroy();
    while ((await connections()) > 0) await nextTurn();
  };

  it('its batch is here as a whole: it counts until the work is done, and no longer', async () => {
    await sendAndLeave();
    expect(await statusOfNext()).toBe(429);
    finishes.pop()?.();
    await eventually(async () => expect(await statusOfNext()).toBe(200), { deadlineMs: 3_000 });
  }, 20_000);

  it('the work takes as long as it may with a key: it counts all the time; longer, for ever perhaps, it does not', async () => {
    const [claimMs, leaseMs, takeOverMs, publishMs, noteMs] = [3_000, 9_000, 3_000, 6_000, 3_000];
    await sendAndLeave(() => jest.useFakeTimers({ doNotFake: [...ALL_BUT_TIMEOUTS] }));
    while (jest.getTimerCount() === 0) await nextTurn();
    jest.advanceTimersByTime(claimMs + leaseMs + takeOverMs + publishMs + noteMs - 1);
    expect(await statusOfNext()).toBe(429);
    jest.advanceTimersByTime(1_000);
    expect(await statusOfNext()).toBe(200);
    jest.useRealTimers();
    finishes.pop()?.();
  }, 20_000);
});
