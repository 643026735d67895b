import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface TwilioSettings {
  /** Base of the API, as `https://api.twilio.com`. */
  readonly url: string;
  readonly accountSid: string;
  readonly authToken: string;
  /** Connections kept at most. */
  readonly connections: number;
  /** An answer to a question takes no longer than this. */
  readonly answerTimeoutMs: number;
}

/** What came back of a request. */
export type Exchange =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly retryAfter: string | undefined;
      readonly body: string;
    }
  /** `isHandedOver`: the request may have left this process. */
  | {
      readonly kind: 'broken';
      readonly isHandedOver: boolean;
      readonly isTimeout: boolean;
      readonly code: string | undefined;
    };

/** Below the 5 s after which many servers close, so that it is rarely they who close on us. */
const IDLE_MS = 4_000;
/** A page of Twilio's list of messages is below this by far. */
const MAX_ANSWER_BYTES = 4_000_000;
const PAGE_SIZE = 100;

/** Twilio's Messages resource (https://www.twilio.com/docs/messaging/api/message-resource), over connections that are kept. Never rejects. */
export class TwilioClient {
  readonly #base: URL;
  readonly #auth: string;
  readonly #agent: HttpAgent;
  readonly #answerTimeoutMs: number;

  constructor({ url, accountSid, authToken, connections, answerTimeoutMs }: TwilioSettings) {
    this.#base = new URL(`/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`, url);
    this.#auth = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
    const options = { keepAlive: true, maxSockets: connections + 1, timeout: IDLE_MS };
    this.#agent = this.#base.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
    this.#answerTimeoutMs = answerTimeoutMs;
  }

  /** Creates a message. */
  create(form: URLSearchParams, signal: AbortSignal): Promise<Exchange> {
    return this.#exchange(this.#base, form.toString(), signal);
  }

  /** The newest messages to a number; with `sentSince` (`2026-06-13`) those that were sent on that day or later. */
  list(to: string, signal: AbortSignal, sentSince?: string): Promise<Exchange> {
    const url = new URL(this.#base);
    const since = sentSince === undefined ? {} : { 'DateSent>': sentSince };
    url.search = new URLSearchParams({ To: to, ...since, PageSize: String(PAGE_SIZE) }).toString();
    const ends = AbortSignal.any([signal, AbortSignal.timeout(this.#answerTimeoutMs)]);
    return this.#exchange(url, undefined, ends);
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(url: URL, form: string | undefined, signal: AbortSignal): Promise<Exchange> {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: form === undefined ? 'GET' : 'POST',
      agent: this.#agent,
      signal,
      headers: {
        authorization: this.#auth,
        accept: 'application/json',
        ...(form === undefined
          ? {}
          : {
              'content-type': 'application/x-www-form-urlencoded',
              'content-length': Buffer.byteLength(form),
            }),
      },
    });
    let isHandedOver = false;
    request.once('socket', (socket) => {
      const handOver = (): void => void (isHandedOver = true);
      if (!socket.connecting) handOver();
      // What is written while it connects, or agrees on TLS, stays in this process until then.
      else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', handOver);
    });
    return new Promise((resolve) => {
      const broke = (error: NodeJS.ErrnoException): void =>
        resolve({ kind: 'broken', isHandedOver, isTimeout: isTimeout(error), code: systemCode(error) });
      request.once('error', broke);
      request.once('response', (response) => {
        // The status says it all: what a broken body would have said beside it is not needed to know that it was taken.
        readBody(response).then(
          (body) => resolve(answered(response, body)),
          () => resolve(answered(response, '')),
        );
      });
      request.end(form);
    });
  }
}

function answered(response: IncomingMessage, body: string): Exchange {
  return {
    kind: 'answered',
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'],
    body,
  };
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function isTimeout({ name, code }: NodeJS.ErrnoException): boolean {
  return name === 'AbortError' || name === 'TimeoutError' || code === 'ETIMEDOUT' || code === 'ABORT_ERR';
}

function systemCode({ code }: NodeJS.ErrnoException): string | undefined {
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : undefined;
}
