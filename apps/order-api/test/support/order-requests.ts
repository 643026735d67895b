import { eventually } from '@orderstream/testing';
import type { NewOrder } from '../../src/orders/order-body.ts';

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON. */
  readonly json: Record<string, unknown>;
}

export const newOrder = (more: Partial<NewOrder> = {}): NewOrder => ({
  customer_id: 'c-1',
  currency: 'EUR',
  items: [
    { sku: 'tea', quantity: 2, unit_amount: 450 },
    { sku: 'cup', quantity: 1, unit_amount: 1_200 },
  ],
  ...more,
});

export function placeOrder(
  url: string,
  body: unknown = newOrder(),
  headers: Record<string, string> = {},
): Promise<Answered> {
  return post(`${url}/v1/orders`, body, headers);
}

/** Places an order and waits until it is shown: whoever reads it earlier waits for 2 s at most, and is then told that there is none. */
export async function placeShownOrder(url: string): Promise<Answered> {
  const answer = await placeOrder(url);
  await eventually(async () => {
    expect((await get(`${url}/v1/orders/${String(answer.json['order_id'])}`)).status).toBe(200);
  });
  return answer;
}

export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answered> {
  return answered(
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  );
}

export async function get(url: string): Promise<Answered> {
  return answered(await fetch(url));
}

async function answered(response: Response): Promise<Answered> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json() {
      return JSON.parse(text) as Record<string, unknown>;
    },
  };
}
