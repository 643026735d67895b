import { setTimeout as sleep } from 'node:timers/promises';
import type { ShopClient } from './shop-client.ts';
import type { OrderStatus, PlacedOrder } from './tally.ts';

const SIDE_BY_SIDE = 16;
const ROUND_MS = 500;

export interface Settling {
  readonly client: ShopClient;
  readonly orders: readonly PlacedOrder[];
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** Asks order-api for each order until it says what has to come of it. @returns those of which it did not, in time */
export async function settle({
  client,
  orders,
  deadlineMs,
  signal,
  progress,
}: Settling): Promise<PlacedOrder[]> {
  const endMs = performance.now() + deadlineMs;
  let open = [...orders];
  for (;;) {
    const queue = open.values();
    await Promise.all(
      Array.from({ length: SIDE_BY_SIDE }, async () => {
        for (const order of queue) order.status = await statusOf(client, order);
      }),
    );
    open = open.filter(({ status, expected }) => status !== expected);
    if (open.length === 0 || performance.now() > endMs || signal.aborted) return open;
    progress(`waiting for ${open.length} of ${orders.length} orders`);
    await sleep(ROUND_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function statusOf(client: ShopClient, { order_id, status }: PlacedOrder): Promise<OrderStatus> {
  const answer = await client.get(`/v1/orders/${order_id}`).catch(() => undefined);
  return answer?.status === 200 ? (JSON.parse(answer.body) as { status: OrderStatus }).status : status;
}
