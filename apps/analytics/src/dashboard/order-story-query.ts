import { Inject, Injectable } from '@nestjs/common';
import { Database } from '@orderstream/transactional';
import type { LatestOrder, OrderItem, OrderStep, OrderStory } from './page/snapshot.ts';
import { timeOf, withDigits } from './row-values.ts';

const STORY = {
  name: 'dashboard-order',
  text: `
    SELECT order_id, customer_id, item_count, currency, amount_total::float, status,
      extract(epoch FROM coalesce(created_at, uuid_extract_timestamp(order_id)))::float AS ordered_at_s,
      (SELECT coalesce(json_agg(json_build_object('sku', sku, 'quantity', quantity, 'unit_amount', unit_amount) ORDER BY line), '[]')
       FROM warehouse.order_items WHERE order_items.order_id = orders.order_id) AS items,
      (SELECT coalesce(json_agg(json_build_object('step', step, 'at_s', extract(epoch FROM at), 'detail', detail) ORDER BY at, place), '[]') FROM (
         SELECT * FROM (VALUES (1, 'created', created_at), (2, 'confirmed', confirmed_at), (3, 'rejected', rejected_at),
                               (5, 'paid', paid_at), (6, 'cancelled', cancelled_at)) AS step(place, step, at), LATERAL (SELECT NULL AS detail) AS none
         WHERE at IS NOT NULL
         UNION ALL
         SELECT 4, 'payment-failed', occurred_at, concat_ws(', ', method, failure_code) FROM warehouse.payments
         WHERE payments.order_id = orders.order_id AND outcome = 'failed'
       ) AS steps) AS steps
    FROM warehouse.orders WHERE order_id = $1::uuid`,
};

interface StoryRow extends Omit<LatestOrder, 'ordered_at' | 'minor_unit_digits'> {
  readonly ordered_at_s: number;
  readonly items: OrderItem[];
  readonly steps: {
    readonly step: OrderStep['step'];
    readonly at_s: number;
    readonly detail: string | null;
  }[];
}

/** One order and its way, as far as the warehouse knows it. */
@Injectable()
export class OrderStoryQuery {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** @param orderId a UUID @returns undefined when no event of such an order has arrived @throws TransientError when the database is away */
  async story(orderId: string): Promise<OrderStory | undefined> {
    const { rows } = await this.database.query<StoryRow>(STORY, [orderId]);
    const row = rows[0];
    if (row === undefined) return undefined;
    const { ordered_at_s, steps, ...order } = row;
    return {
      ...withDigits({ ...order, ordered_at: timeOf(ordered_at_s) }),
      steps: steps.map(({ step, at_s, detail }) => ({
        step,
        at: timeOf(at_s),
        ...(detail === null ? {} : { detail }),
      })),
    };
  }
}
