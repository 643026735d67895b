import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { runSimulation, type SimulationResult } from '../../src/simulate/run-simulation.ts';

interface Batch {
  readonly events: readonly { readonly event_type: string }[];
}

/** A shop that takes everything, once per Idempotency-Key, and whose first answer to each is lost on its way. */
class ForgetfulShop {
  readonly batches = new Map<string, Batch>();
  attempts = 0;
  readonly #server: Server = createServer((request, response) => {
    void this.#take(request).then((answer) => {
      if (answer === undefined) response.destroy();
      else response.writeHead(202).end(JSON.stringify(answer));
    });
  });

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #take(request: IncomingMessage): Promise<object | undefined> {
    if (request.url !== '/v1/web-events') return { order_id: '01a200ae-808d-7712-9433-c0bfebd57781' };
    const body = (await json(request)) as Batch;
    this.attempts += 1;
    const key = request.headers['idempotency-key'] as string;
    if (this.batches.has(key)) return { accepted: body.events.length, rejected: [] };
    this.batches.set(key, body);
    return undefined;
  }
}

describe('the answer to each batch of web events is lost', () => {
  let shop: ForgetfulShop;
  let result: SimulationResult;
  beforeAll(async () => {
    shop = new ForgetfulShop();
    const url = await shop.start();
    const traffic = { seed: 7, run: 'lost', visits: 5, startsAtMs: 0, spanMs: 1_000, bad: 0, fraudsters: 0 };
    const { signal } = new AbortController();
    const progress = (): void => undefined;
    result = await runSimulation({ ...traffic, url, speed: 1_000, settleMs: 0, signal, progress });
  });
  afterAll(() => shop.stop());

  it('each is sent again under its key, and counted once: the summary stays exact', () => {
    const taken = [...shop.batches.values()].flatMap(({ events }) => events);
    const counted = [...result.tally.webEvents.values()].reduce((sum, count) => sum + count, 0);
    expect(taken.length).toBeGreaterThan(10);
    expect({ counted, attempts: shop.attempts, unexpected: [...result.tally.unexpected] }).toEqual({
      counted: taken.length,
      attempts: 2 * shop.batches.size,
      unexpected: [],
    });
  });
});
