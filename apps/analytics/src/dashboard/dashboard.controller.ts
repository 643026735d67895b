import { Controller, Get, Header, Inject, Req, Res } from '@nestjs/common';
import { Problem, Stopping } from '@orderstream/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DashboardFeed } from './dashboard-feed.ts';
import { EventStream } from './event-stream.ts';
import type { DashboardSnapshot } from './page/snapshot.ts';

/** What one process serves side by side; a viewer costs about 50 KB and, at most, four small writes a second. */
const MAX_VIEWERS = 1_000;

/** The dashboard as JSON: once, or as a stream. */
@Controller('v1/dashboard')
export class DashboardController {
  constructor(
    @Inject(DashboardFeed) private readonly feed: DashboardFeed,
    @Inject(Stopping) private readonly stopping: Stopping,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  @Header('x-content-type-options', 'nosniff')
  async snapshot(): Promise<DashboardSnapshot> {
    return this.feed.current().catch((error: unknown): never => {
      throw unavailable('The warehouse does not answer.', error);
    });
  }

  @Get('events')
  stream(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    if (request.method === 'HEAD') return void reply.type('text/event-stream').send();
    if (this.stopping.signal.aborted) throw unavailable('The service is stopping.');
    if (this.feed.watcherCount >= MAX_VIEWERS) throw unavailable('Too many are watching; try again later.');
    reply.hijack();
    const stream = new EventStream(reply.raw);
    const endWatching = this.feed.watch((message) => stream.send(message));
    const onStop = (): void => stream.end();
    this.stopping.signal.addEventListener('abort', onStop);
    reply.raw.on('close', () => {
      endWatching();
      this.stopping.signal.removeEventListener('abort', onStop);
    });
  }
}

function unavailable(detail: string, cause?: unknown): Problem {
  return new Problem({ status: 503, detail, cause });
}
