import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Dice, TROUBLE } from './dice.ts';

/** Stands before the SMS catcher and lets a part of the messages fail, before and after the catcher has kept them. */
export class FlakySms {
  isCalm = false;
  readonly #upstream: string;
  readonly #dice = new Dice(43);
  #server: Server | undefined;

  constructor(upstream: string) {
    this.#upstream = upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server?.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    this.#server = createServer((request, response) => {
      this.#relay(request, response).catch(() => response.destroy());
    });
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    this.#server?.closeAllConnections();
    await closed;
  }

  async #relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isMessage = request.method === 'POST';
    let body = '';
    for await (const chunk of request) body += String(chunk);
    if (isMessage && this.#falls(TROUBLE.hangsBefore)) return;
    if (this.#falls(TROUBLE.fails)) return void response.writeHead(this.#falls(50) ? 503 : 429).end('{}');
    const answer = await fetch(new URL(request.url ?? '', this.#upstream), {
      method: request.method ?? 'GET',
      headers: { 'content-type': request.headers['content-type'] ?? 'text/plain' },
      ...(isMessage ? { body } : {}),
    });
    const text = await answer.text();
    if (isMessage && this.#falls(TROUBLE.dropsAfter)) return void response.destroy();
    if (isMessage && this.#falls(TROUBLE.hangsAfter)) return;
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
  }

  #falls(percent: number): boolean {
    return !this.isCalm && this.#dice.falls(percent);
  }
}
