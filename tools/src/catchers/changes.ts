import type { FastifyInstance } from 'fastify';
import type { ServerResponse } from 'node:http';
import type { RecordLog } from './record-log.ts';

/** At most this often is a page told of news, however many messages arrive: each time it reads its list again. */
const MIN_INTERVAL_MS = 300;

/**
 * `GET /api/v1/changes`: a stream of server-sent events, each `data` being `{"total": n}`: at once, and then whenever messages
 * came or went.
 */
export class Changes {
  readonly #listeners = new Set<ServerResponse>();
  readonly #log: Promise<RecordLog>;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Promise<RecordLog>) {
    this.#log = log;
  }

  register(server: FastifyInstance): void {
    server.get('/api/v1/changes', async (_request, reply) => {
      const log = await this.#log;
      reply.hijack();
      const response = reply.raw;
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(eventOf(log));
      this.#listeners.add(response);
      response.on('close', () => this.#listeners.delete(response));
      response.on('error', () => undefined); // its page went away in the middle of a write; 'close' follows
    });
    server.addHook('preClose', async () => {
      clearTimeout(this.#timer);
      for (const response of this.#listeners) response.end();
    });
  }

  /** Something came or went. */
  announce(): void {
    if (this.#timer || this.#listeners.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#tell();
    }, MIN_INTERVAL_MS);
  }

  async #tell(): Promise<void> {
    const event = eventOf(await this.#log);
    for (const response of this.#listeners) {
      // A page that does not read (a sleeping tab) catches up with the next event.
      if (!response.writableNeedDrain) response.write(event);
    }
  }
}

function eventOf(log: RecordLog): string {
  return `data: ${JSON.stringify({ total: log.size })}\n\n`;
}
