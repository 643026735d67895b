import { Controller, Get, Header, Inject, NotFoundException, Param, Req, Res } from '@nestjs/common';
import { Problem, Stopping } from '@orderstream/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DashboardFeed } from './dashboard-feed.ts';
import { EventStream } from './event-stream.ts';
import { OrderStoryQuery } from './order-story-query.ts';
import type { DashboardSnapshot, OrderStory } from './page/snapshot.ts';

/** What one process serves side by side; a viewer costs about 50 KB and, at most, four small writes a second. */
const MAX_VIEWERS = 1_000;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The dashboard as JSON: once, or as a stream. */
@Controller('v1/dashboard')
export class DashboardController {
  readonly #streams = new Set<EventStream>();

  constructor(
    @Inject(DashboardFeed) private readonly feed: DashboardFeed,
    @Inject(OrderStoryQuery) private readonly stories: OrderStoryQuery,
    @Inject(Stopping) private readonly stopping: Stopping,
  ) {
    // One listener for all: Node warns of a leak from the eleventh on.
    stopping.signal.addEventListener('abort', () => this.#streams.forEach((stream) => stream.end()));
  }

  @Get()
  @Header('cache-control', 'no-store')
  @Header('x-content-type-options', 'nosniff')
  async snapshot(): Promise<DashboardSnapshot> {
    return this.feed.current().catch((error: unknown): never => {
      throw unavailable('The warehouse does not answer.', error);
    });
  }

  @Get('orders/:order_id')
  @Header('cache-control', 'no-store')
  @Header('x-content-type-options', 'nosniff')
  async order(@Param('order_id') orderId: string): Promise<OrderStory> {
    if (!UUID.test(orderId)) throw new NotFoundException();
    const story = await this.stories.story(orderId).catch((error: unknown): never => {
      throw unavailable('The warehouse does not answer.', error);
    });
    if (story === undefined) throw new NotFoundException();
    return story;
  }

  @Get('events')
  stream(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    if (request.method === 'HEAD') return void reply.type('text/event-stream').send();
    if (this.stopping.signal.aborted) throw unavailable('The service is stopping.');
    if (this.feed.watcherCount >= MAX_VIEWERS) throw unavailable('Too many are watching; try again later.');
    reply.hijack();
    const stream = new EventStream(reply.raw);
    const endWatching = this.feed.watch((message) => stream.send(message));
    this.#streams.add(stream);
    reply.raw.on('close', () => {
      endWatching();
      this.#streams.delete(stream);
    });
  }
}

function unavailable(detail: string, cause?: unknown): Problem {
  return new Problem({ status: 503, detail, cause });
}
