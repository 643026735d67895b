import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the gateway does with a request to create a message. `keep`: whether it has the message then. */
export interface Behaviour {
  readonly keep: boolean;
  /** Undefined: it does not answer, and breaks off or stays silent. */
  readonly status?: number;
  readonly code?: number;
  readonly retryAfter?: string;
  readonly then?: 'drop' | 'hang';
}

export interface KeptSms {
  readonly to: string;
  readonly from: string;
  readonly body: string;
}

const TAKEN: Behaviour = { keep: true, status: 201 };

/** A gateway in the form of Twilio's API that fails, breaks off or keeps silent wherever a test says. Real HTTP. */
export class ScriptedSmsGateway {
  readonly kept: KeptSms[] = [];
  /** Undefined: behave. */
  script: (to: string) => Behaviour | undefined = () => undefined;
  /** What becomes of a question about messages. */
  answersQuestions: boolean | 'never' = true;
  /** It fails whenever it is asked about the number that it is asked about first. */
  failsAboutFirst = false;
  /** Of the messages to a number so many are listed at once. */
  pageSize = Infinity;
  /** It does not say that there are more of them. */
  hidesRest = false;
  /** The days from which lists were asked for. */
  readonly days: (string | null)[] = [];
  questions = 0;
  authorization: string | undefined;
  #first: string | null | undefined;
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Once each, one after the other; from then on it behaves. */
  misbehave(...troubles: Behaviour[]): void {
    this.script = () => troubles.shift();
  }

  async start(): Promise<this> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    this.#server?.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.authorization = request.headers.authorization;
    if (request.method === 'GET') return this.#list(new URL(request.url ?? '', this.url), response);
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const form = new URLSearchParams(text);
    const to = form.get('To') ?? '';
    const { keep, status, code, retryAfter, then } = this.script(to) ?? TAKEN;
    if (keep) this.kept.push({ to, from: form.get('From') ?? '', body: form.get('Body') ?? '' });
    if (then === 'drop') response.destroy();
    if (then !== undefined || status === undefined) return;
    if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(keep ? { sid: sidOf(this.kept.length) } : { code, message: `about ${to}` }));
  }

  #list(url: URL, response: ServerResponse): void {
    this.questions += 1;
    this.days.push(url.searchParams.get('DateSent>'));
    if (this.answersQuestions === 'never') return;
    const to = url.searchParams.get('To');
    if (this.failsAboutFirst) this.#first ??= to;
    if (!this.answersQuestions || to === this.#first) return void response.writeHead(500).end();
    const all = this.kept.flatMap((sms, index) =>
      sms.to === to ? [{ body: sms.body, status: 'delivered', sid: sidOf(index + 1) }] : [],
    );
    const messages = all.reverse().slice(0, this.pageSize);
    const next_page_uri = !this.hidesRest && messages.length < all.length ? `${url.pathname}?Page=1` : null;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ messages, next_page_uri }));
  }
}

export function sidOf(number: number): string {
  return `SM${number.toString(16).padStart(32, '0')}`;
}
