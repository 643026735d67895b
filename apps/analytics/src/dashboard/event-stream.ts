import type { ServerResponse } from 'node:http';
import type { DashboardMessage } from './dashboard-feed.ts';

/** How long a browser waits before it comes back when the connection breaks, ms. */
const RECONNECT_MS = 1_000;

/**
 * One viewer's connection as a stream of server-sent events (WHATWG HTML, section 9.2). Every message is whole in itself, so a viewer
 * who reads too slowly is spared those in between: what waits for him is never more than one message.
 */
export class EventStream {
  readonly #response: ServerResponse;
  #waiting: DashboardMessage | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // nginx would otherwise hold the events back until its buffer is full.
      'x-accel-buffering': 'no',
    });
    response.write(`retry: ${RECONNECT_MS}\n\n`);
    response.on('drain', () => this.#sendWaiting());
  }

  send(message: DashboardMessage): void {
    if (!this.#response.writableNeedDrain) this.#response.write(frameOf(message));
    // "Still current" must not take the place of the snapshot it speaks of.
    else if (message.event !== 'current') this.#waiting = message;
  }

  end(): void {
    this.#response.end();
  }

  #sendWaiting(): void {
    const message = this.#waiting;
    this.#waiting = undefined;
    if (message !== undefined) this.send(message);
  }
}

const frames = new WeakMap<DashboardMessage, Buffer>();

/** A message is written out and encoded once, however many receive it. */
function frameOf(message: DashboardMessage): Buffer {
  let frame = frames.get(message);
  if (frame === undefined) {
    frame = Buffer.from(`event: ${message.event}\ndata: ${JSON.stringify(message.data)}\n\n`);
    frames.set(message, frame);
  }
  return frame;
}
