import { createServer, request, type ServerResponse } from 'node:http';
import { connect, type Socket, type AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { eventually } from '@orderstream/testing';
import type { FastifyReply } from 'fastify';
import { OrderStreams } from '../../src/orders/order-streams.ts';
import type { StoredEvent } from '../../src/read-model/feed-events.ts';
import type { Follower } from '../../src/read-model/followers.ts';
import type { OrderFeed } from '../../src/read-model/order-feed.ts';

const COMMENT_MS = 15_000;

// Comments only: sockets keep their own time.
beforeEach(
  () =>
    void jest.useFakeTimers({
      doNotFake: [
        'nextTick',
        'setImmediate',
        'setTimeout',
        'clearTimeout',
        'queueMicrotask',
        'performance',
        'Date',
      ],
    }),
);
afterEach(() => void jest.useRealTimers());

/** A server whose every answer is a stream, of the order that the path names, and the followers that the feed was given. */
async function setUp() {
  const followers = new Map<string, Omit<Follower, 'sinceMs'>>();
  const sockets: Socket[] = [];
  const errors: unknown[] = [];
  const feed = {
    follow: (wanted: Omit<Follower, 'sinceMs'>) => {
      followers.set(wanted.orderId, wanted);
      return () => followers.delete(wanted.orderId);
    },
  };
  const streams = new OrderStreams(feed as unknown as OrderFeed);
  const server = createServer(({ url }, response: ServerResponse) => {
    response.on('error', (error) => errors.push(error));
    const reply = { raw: response, hijack: () => undefined } as unknown as FastifyReply;
    streams.open(reply, (url as string).slice(1), 0);
  });
  server.on('connection', (socket: Socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    streams.onModuleDestroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { followers, sockets, errors, port, close };
}

function eventOf(event_type: string, number: number): StoredEvent {
  return {
    seq: number,
    order_id: 'a',
    event_type,
    event_id: `id-${number}`,
    event: '{}',
  } as unknown as StoredEvent;
}

it('a stream that is over, behind another one of its connection: no comment is written to it, and it comes once its turn is there', async () => {
  const { followers, errors, port, close } = await setUp();
  const client = connect(port, '127.0.0.1');
  let received = '';
  client.on('data', (chunk) => (received += chunk.toString()));
  client.write('GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n');
  await eventually(() => followers.has('second'));
  followers.get('second')?.onEvents([eventOf('order.rejected', 1)]);
  followers.get('second')?.onEnd('done');
  jest.advanceTimersByTime(3 * COMMENT_MS);
  await eventually(() => expect(received.split(':\n\n').length - 1).toBe(3));
  expect(errors).toEqual([]);
  followers.get('first')?.onEnd('done');
  await eventually(() => received.includes('event: order.rejected'));
  expect(errors).toEqual([]);
  client.destroy();
  await close();
});

it('what lies behind the last step is not told', async () => {
  const { followers, port, close } = await setUp();
  const body = new Promise<string>((resolve) => {
    request({ port, host: '127.0.0.1', path: '/a' }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(text));
    }).end();
  });
  await eventually(() => followers.has('a'));
  const follower = followers.get('a');
  const goesOn = follower?.onEvents(
    ['order.created', 'order.cancelled', 'order.cancellation_refused'].map(eventOf),
  );
  expect(goesOn).toBe(false);
  follower?.onEnd('done');
  expect((await body).match(/event: \S+/g)).toEqual(['event: order.created', 'event: order.cancelled']);
  await close();
});

/** More than a client may leave unread, and more than the sockets hold. */
const longHistory = Array.from({ length: 8_000 }, (_, index) => ({
  ...eventOf('order.cancellation_requested', index),
  event: JSON.stringify({ payload: { reason: 'x'.repeat(2_000) } }),
}));

it('a long history, and a client that reads: gets all of it', async () => {
  const { followers, port, close } = await setUp();
  let [lines, isOver] = [0, false];
  request({ port, host: '127.0.0.1', path: '/a' }, (response) => {
    response.on('data', (chunk: Buffer) => (lines += chunk.toString().split('\n').length - 1));
    response.on('error', () => undefined).on('close', () => (isOver = true));
  }).end();
  await eventually(() => followers.has('a'));
  followers.get('a')?.onEvents(longHistory);
  await eventually(() => isOver || lines === 4 * longHistory.length);
  expect([lines, isOver]).toEqual([4 * longHistory.length, false]);
  await close();
});

it('a client that does not read: is cut off by the next event', async () => {
  const { followers, port, close } = await setUp();
  const client = connect(port, '127.0.0.1').pause();
  client.write('GET /a HTTP/1.1\r\nHost: a\r\n\r\n');
  await eventually(() => followers.has('a'));
  const follower = followers.get('a');
  follower?.onEvents(longHistory);
  follower?.onEvents([eventOf('order.confirmed', longHistory.length)]);
  await eventually(() => !followers.has('a'));
  client.destroy();
  await close();
});

it('a client that is behind: a comment does not cut it off as long as it reads; once it reads no more, one does', async () => {
  const { followers, sockets, port, close } = await setUp();
  const client = connect(port, '127.0.0.1');
  client.on('data', () => undefined).pause();
  client.write('GET /a HTTP/1.1\r\nHost: a\r\n\r\n');
  await eventually(() => followers.has('a'));
  followers.get('a')?.onEvents(longHistory);
  const isBehind = () => expect(sockets[0]?.writableLength).toBeGreaterThan(0);
  const sentBytes = () => sockets[0]?.bytesWritten ?? 0;
  for (let comment = 0; comment < 3; comment += 1) {
    await eventually(isBehind);
    jest.advanceTimersByTime(COMMENT_MS);
    expect(sockets[0]?.destroyed).toBe(false);
    const before = sentBytes();
    client.resume();
    await eventually(() => sentBytes() > before, { intervalMs: 1 });
    client.pause();
  }
  await eventually(() => {
    jest.advanceTimersByTime(COMMENT_MS);
    return !followers.has('a');
  });
  client.destroy();
  await close();
});
