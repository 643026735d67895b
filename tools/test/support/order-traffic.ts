import { setTimeout as sleep } from 'node:timers/promises';

/** What order-api said of one order. */
export interface Sent {
  readonly email: string;
  /** The HTTP status; undefined when the connection broke before an answer. */
  readonly status: number | undefined;
  readonly orderId: string | undefined;
  readonly problem: { readonly type?: string; readonly outcome?: string } | undefined;
  readonly contentType: string | undefined;
  readonly afterMs: number;
}

export interface TrafficOptions {
  /** Every so many orders, one is so dear that the worker rejects it. Default: none. */
  readonly rejectEvery?: number;
}

const CONCURRENCY = 24;
const ORDINARY_AMOUNT = 450;
/** Above the worker's limit as it is configured by default. */
const REJECTED_AMOUNT = 200_000_000;
/** Over all traffic of the process: an address belongs to one order. */
let next = 0;

/** Sends orders, each with an address of its own, and keeps every answer. */
export class OrderTraffic {
  readonly sent: Sent[] = [];
  readonly #url: string;
  readonly #rejectEvery: number;
  #acceptedCount = 0;

  constructor(orderApi: string, { rejectEvery = Infinity }: TrafficOptions = {}) {
    this.#url = `${orderApi}/v1/orders`;
    this.#rejectEvery = rejectEvery;
  }

  get accepted(): Sent[] {
    return this.sent.filter(({ status }) => status === 202);
  }

  get acceptedCount(): number {
    return this.#acceptedCount;
  }

  /** Sends until `count` more were accepted; at most `perSecond` a second. What is refused is not repeated: the next order is sent. */
  async untilAccepted(count: number, perSecond = Infinity): Promise<void> {
    const target = this.#acceptedCount + count;
    const startedMs = Date.now();
    let begun = 0;
    const lane = async (): Promise<void> => {
      while (this.#acceptedCount < target) {
        begun += 1;
        const aheadMs = (begun / perSecond) * 1000 - (Date.now() - startedMs);
        if (aheadMs > 0) await sleep(aheadMs);
        const answer = await this.sendOne();
        if (answer.status !== 202) await sleep(50);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  }

  /** Sends `perSecond` orders a second until `signal` aborts; resolves when all are answered. */
  async until(signal: AbortSignal, perSecond: number): Promise<void> {
    const answers: Promise<unknown>[] = [];
    while (!signal.aborted) {
      answers.push(this.sendOne());
      await sleep(1000 / perSecond);
    }
    await Promise.all(answers);
  }

  async sendOne(headers: Record<string, string> = {}): Promise<Sent> {
    const email = `order-${(next += 1)}@example.com`;
    const unit_amount = next % this.#rejectEvery === 0 ? REJECTED_AMOUNT : ORDINARY_AMOUNT;
    const startedMs = Date.now();
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({
        customer_id: `customer-${next % 100}`,
        currency: 'EUR',
        items: [{ sku: 'tea', quantity: 1, unit_amount }],
        contact: { email },
      }),
    }).catch(() => undefined);
    const body = (await response?.json().catch(() => undefined)) as { order_id?: string } & Sent['problem'];
    const answer: Sent = {
      email,
      status: response?.status,
      orderId: body?.order_id,
      problem: response?.ok === false ? body : undefined,
      contentType: response?.headers.get('content-type') ?? undefined,
      afterMs: Date.now() - startedMs,
    };
    this.sent.push(answer);
    if (answer.status === 202) this.#acceptedCount += 1;
    return answer;
  }
}
