import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ShopClient } from './shop-client.ts';
import type { AcceptedEvent, PlacedOrder, Tally } from './tally.ts';
import { totalOf, type Step, type Visit } from './visit.ts';

export interface VisitContext {
  readonly client: ShopClient;
  readonly tally: Tally;
  /** When the traffic began, as `performance.now()` tells it. */
  readonly startedMs: number;
  /** Simulated seconds per second. */
  readonly speed: number;
  readonly signal: AbortSignal;
}

type SentEvent = AcceptedEvent & {
  readonly session_id: string;
  readonly user_id?: string;
  readonly timestamp?: string;
};

interface Collected {
  readonly event: SentEvent;
  /** What the shop has to say of it. */
  readonly verdict: Verdict;
}

type Verdict = 'accepted' | 'refused';

/** A page collects what happens on it for about so long before it tells the shop. */
const COLLECT_MS = 1_000;
const MAX_COLLECTED = 20;
/** An order is looked at again and again for so long before its visitor gives up waiting. */
const WATCH_MS = 30_000;
const WATCH_EVERY_MS = 250;

/** Does what a visit's plan says, each step at its time; a step whose order was refused is left out. */
export class VisitInProgress {
  readonly #visit: Visit;
  readonly #context: VisitContext;
  #waiting: Collected[] = [];
  #waitingSinceMs = 0;
  #order: PlacedOrder | undefined;

  constructor(visit: Visit, context: VisitContext) {
    this.#visit = visit;
    this.#context = context;
  }

  /** @throws what the connection failed with, and the reason of the signal */
  async make(): Promise<void> {
    const { startedMs, speed, signal } = this.#context;
    for (const [index, step] of this.#visit.steps.entries()) {
      const dueMs = startedMs + (this.#visit.beginsMs + step.afterMs) / speed;
      const leftMs = dueMs - performance.now();
      // A visitor who reads the page for a while is told of meanwhile.
      if (leftMs > COLLECT_MS) await this.#tell();
      if (leftMs > 0) await sleep(dueMs - performance.now(), undefined, { signal });
      await this.#do(step, `${this.#visit.session}-${index}`);
    }
    await this.#tell();
  }

  async #do(step: Step, key: string): Promise<void> {
    const { client, tally } = this.#context;
    switch (step.do) {
      case 'event':
        return this.#collect(
          { event_type: step.event_type, properties: step.properties, ...user(step.user_id) },
          'accepted',
        );
      case 'bad-event':
        return this.#collect(step.item as unknown as AcceptedEvent, 'refused');
      case 'purchase':
        return this.#purchase(step.user_id);
      case 'register': {
        const { id: user_id, email, name, phone } = step.customer;
        const body = { user_id, email, name, ...(phone === undefined ? {} : { phone }) };
        if ((await this.#post('/v1/users', body, key)) !== undefined) tally.users += 1;
        return;
      }
      case 'order': {
        await this.#tell();
        const accepted = await this.#post('/v1/orders', step.order, key);
        this.#order = accepted && this.#placed(step.order, String(accepted['order_id']));
        return;
      }
      case 'pay':
        return this.#pay(step, key);
      case 'cancel':
        return this.#cancel(step.reason, key);
      case 'bad-request': {
        const { status } = await client.postOnce(step.path, step.body, step.contentType);
        if (status === step.expected) tally.refused += 1;
        else tally.surprise(`POST ${step.path}: ${status} instead of ${step.expected}`);
      }
    }
  }

  #placed(order: PlacedOrder['order'], order_id: string): PlacedOrder {
    const amount = totalOf(order);
    const placed: PlacedOrder = {
      order_id,
      order,
      amount,
      expected: 'confirmed',
      status: 'accepted',
      wasPaid: false,
    };
    // Only the plan's own huge orders come near the worker's limit.
    if (order.items.some(({ quantity }) => quantity === 10_000)) placed.expected = 'rejected';
    this.#context.tally.orders.push(placed);
    return placed;
  }

  #purchase(userId: string | undefined): Promise<void> | void {
    const order = this.#order;
    if (order === undefined) return;
    const properties = { order_id: order.order_id, amount: order.amount, currency: order.order.currency };
    return this.#collect({ event_type: 'purchase.completed', properties, ...user(userId) }, 'accepted');
  }

  async #pay({ method, failureCode }: Extract<Step, { do: 'pay' }>, key: string): Promise<void> {
    const order = this.#order;
    if (order === undefined) return;
    const body = {
      payment_id: key,
      order_id: order.order_id,
      currency: order.order.currency,
      amount: order.amount,
      method,
      ...(failureCode === undefined
        ? { outcome: 'succeeded' }
        : { outcome: 'failed', failure_code: failureCode }),
    };
    if ((await this.#post('/v1/payments', body, key)) === undefined) return;
    this.#context.tally.payment(order, failureCode === undefined);
    if (failureCode === undefined) {
      order.expected = 'paid';
      order.wasPaid = true;
    }
  }

  /** After the order's page says that it is paid: or it would be a race which of the two comes first. */
  async #cancel(reason: string, key: string): Promise<void> {
    const order = this.#order;
    if (order === undefined) return;
    await this.#tell();
    if (!(await this.#isSeen(order, 'paid'))) {
      this.#context.tally.cancellationsLeftOut += 1;
      return;
    }
    if ((await this.#post(`/v1/orders/${order.order_id}/cancellation`, { reason }, key)) !== undefined) {
      order.expected = 'cancelled';
    }
  }

  async #isSeen({ order_id }: PlacedOrder, status: string): Promise<boolean> {
    const { client, signal } = this.#context;
    const endMs = performance.now() + WATCH_MS;
    while (performance.now() < endMs) {
      const answer = await client.get(`/v1/orders/${order_id}`).catch(() => undefined);
      if (answer?.status === 200 && (JSON.parse(answer.body) as { status: string }).status === status)
        return true;
      await sleep(WATCH_EVERY_MS, undefined, { signal });
    }
    return false;
  }

  async #collect(event: AcceptedEvent & { user_id?: string }, verdict: Verdict): Promise<void> {
    if (this.#waiting.length === 0) this.#waitingSinceMs = performance.now();
    const timestamp = new Date().toISOString();
    this.#waiting.push({ event: { timestamp, ...event, session_id: this.#visit.session }, verdict });
    const isTime = performance.now() - this.#waitingSinceMs >= COLLECT_MS;
    if (isTime || this.#waiting.length >= MAX_COLLECTED) await this.#tell();
  }

  /** Sends what was collected, counts what was taken of it, and notes where the shop judged an event wrongly. The key is new each time: a later run may be the same visitors. */
  async #tell(): Promise<void> {
    const collected = this.#waiting;
    if (collected.length === 0) return;
    this.#waiting = [];
    const { client, tally } = this.#context;
    const events = collected.map(({ event }) => event);
    const { status, body } = await client.post('/v1/web-events', { events }, randomUUID());
    if (status !== 202) return tally.surprise(`POST /v1/web-events: ${status}`);
    const { rejected } = JSON.parse(body) as { rejected: { index: number }[] };
    const refused = new Set(rejected.map(({ index }) => index));
    for (const [index, { event, verdict }] of collected.entries()) {
      const answered: Verdict = refused.has(index) ? 'refused' : 'accepted';
      if (answered !== verdict)
        tally.surprise(`POST /v1/web-events: ${event.event_type} ${answered} instead of ${verdict}`);
      else if (answered === 'refused') tally.refusedEvents += 1;
    }
    tally.events(
      this.#visit.session,
      events.filter((_, index) => !refused.has(index)),
    );
  }

  /** @returns the answer's body when it was accepted */
  async #post(
    path: string,
    body: unknown,
    key: string,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    const answer = await this.#context.client.post(path, body, key);
    if (answer.status === 202) return JSON.parse(answer.body) as Record<string, unknown>;
    const what = path.replace(/\/[0-9a-f-]{36}\//, '/{order_id}/');
    this.#context.tally.surprise(`POST ${what}: ${answer.status}`);
    return undefined;
  }
}

function user(userId: string | undefined): { user_id?: string } {
  return userId === undefined ? {} : { user_id: userId };
}
