import { Agent, request, type OutgoingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfterMs: number | undefined;
}

/** How many requests were made, and how they went. */
export interface ClientCounts {
  sent: number;
  repeated: number;
}

/** A client waits so long for an answer; the service's own deadlines are shorter. */
const TIMEOUT_MS = 30_000;
/** A shop in trouble is asked again for so long. */
const PATIENCE_MS = 120_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4_000;
const MAX_SOCKETS = 256;

/** Talks to order-api as a shop's own software does: keeps connections, and repeats what it may repeat. */
export class ShopClient {
  readonly counts: ClientCounts = { sent: 0, repeated: 0 };
  readonly #baseUrl: string;
  readonly #signal: AbortSignal;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });

  constructor(baseUrl: string, signal: AbortSignal) {
    this.#baseUrl = baseUrl.replace(/\/+$/, '');
    this.#signal = signal;
  }

  close(): void {
    this.#agent.destroy();
  }

  get(path: string): Promise<Answer> {
    return this.#send('GET', path, undefined, {});
  }

  /** Sends once, whatever comes of it. */
  postOnce(path: string, body: string, contentType = 'application/json'): Promise<Answer> {
    return this.#send('POST', path, body, { 'content-type': contentType });
  }

  /**
   * Sends under an Idempotency-Key, and again for as long as the answer says, or a lost one leaves open, that it may be repeated.
   * @throws what the last attempt failed with, once patience has ended or the run was stopped
   */
  async post(path: string, body: unknown, key: string): Promise<Answer> {
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const endMs = performance.now() + PATIENCE_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const { answer, failure } = await this.#send('POST', path, text, headers).then(
        (answer) => ({ answer, failure: undefined }),
        (failure: Error) => ({ answer: undefined, failure }),
      );
      if (answer !== undefined && !mayBeRepeated(answer)) return answer;
      if (performance.now() > endMs || this.#signal.aborted) {
        if (answer !== undefined) return answer;
        throw failure;
      }
      this.counts.repeated += 1;
      const askedMs = answer?.retryAfterMs ?? 0;
      await sleep(Math.max(askedMs, pauseMs * (0.5 + Math.random())), undefined, { signal: this.#signal });
    }
  }

  #send(
    method: string,
    path: string,
    body: string | undefined,
    headers: OutgoingHttpHeaders,
  ): Promise<Answer> {
    this.counts.sent += 1;
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      const options = { method, agent: this.#agent, headers: { ...headers, ...length }, timeout: TIMEOUT_MS };
      const call = request(this.#baseUrl + path, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const seconds = Number(response.headers['retry-after']);
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString(),
            retryAfterMs: seconds > 0 ? seconds * 1_000 : undefined,
          });
        });
      });
      call.on('timeout', () => call.destroy(new Error('no answer in time')));
      call.on('error', reject);
      call.end(body);
    });
  }
}

function mayBeRepeated({ status }: Answer): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504;
}
