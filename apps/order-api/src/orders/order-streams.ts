import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { StoredEvent } from '../read-model/feed-events.ts';
import { OrderFeed } from '../read-model/order-feed.ts';
import { unavailable } from '../read-model/unavailable.ts';
import { EventStream } from './event-stream.ts';

export const STREAM_HEAD = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // Tells nginx not to hold the events back.
  'x-accel-buffering': 'no',
};
const COMMENT_MS = 15_000;

/** The open streams. An idle one costs its socket, a map entry and a comment every 15 s; all share one timer. */
@Injectable()
export class OrderStreams implements OnModuleDestroy {
  readonly #open = new Set<EventStream>();
  #timer: NodeJS.Timeout | undefined;

  constructor(@Inject(OrderFeed) private readonly feed: OrderFeed) {}

  onModuleDestroy(): void {
    clearInterval(this.#timer);
  }

  /** Turns the answer into the stream of the order's events after `seen`. @throws Problem 503 when there are too many already */
  open(reply: FastifyReply, orderId: string, seen: number): void {
    const response = reply.raw;
    if (response.destroyed) return;
    const stream = new EventStream(response);
    const unfollow = this.feed.follow({
      orderId,
      seen,
      onEvents: (events) => this.#tell(stream, events),
      onEnd: () => this.#end(stream),
    });
    if (unfollow === undefined) throw unavailable('Too many streams are open.');
    reply.hijack();
    response.on('close', () => {
      unfollow();
      this.#open.delete(stream);
    });
    response.writeHead(200, STREAM_HEAD);
    response.flushHeaders();
    this.#open.add(stream);
    this.#timer ??= setInterval(() => this.#comment(), COMMENT_MS);
  }

  /** False after the last event there can be; another cancellation that is refused may come behind it, and is left out. */
  #tell(stream: EventStream, events: readonly StoredEvent[]): boolean {
    const last = events.findIndex(
      ({ event_type }) => event_type === 'order.rejected' || event_type === 'order.cancelled',
    );
    const wanted = last === -1 ? events : events.slice(0, last + 1);
    stream.tell(wanted.map(frameOf));
    return last === -1;
  }

  /** It may be long before it closes: behind an earlier answer of its connection, or a client that does not read. */
  #end(stream: EventStream): void {
    this.#open.delete(stream);
    stream.end();
  }

  /** Keeps proxies from taking the silence for death. */
  #comment(): void {
    for (const stream of this.#open) stream.keepAlive();
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** JSON.stringify wrote the envelope: it holds no line break, which would end the field. */
function frameOf({ event_type, event_id, event }: StoredEvent): string {
  return `event: ${event_type}\nid: ${event_id}\ndata: ${event}\n\n`;
}
