import type { CarryOver, Projection } from '@orderstream/transactional/rebuild';
import type { Queryable } from '@orderstream/transactional';
import { OrderFactStore } from '../orders/order-fact-store.ts';
import { ProjectOrders } from '../orders/project-orders.ts';
import { WarehouseNews } from '../warehouse/warehouse-news.ts';

const STEPS = ['created', 'confirmed', 'rejected', 'paid', 'cancelled'] as const;

/** The warehouse as `orderstream rebuild analytics` builds it anew. */
export const warehouseProjection: Projection = {
  service: 'analytics',
  ownSchema: 'analytics',
  group: 'analytics',
  live: 'warehouse',
  tables: [
    { name: 'orders', key: ['order_id'] },
    { name: 'order_items', key: ['order_id', 'line'] },
    { name: 'revenue_per_minute', key: ['minute', 'currency'] },
  ],
  // Nobody listens to the news of a draft.
  handler: (schema) => new ProjectOrders(new OrderFactStore(schema), new WarehouseNews()),
  carryOver,
};

/**
 * An order whose order.created the log has lost keeps what the warehouse knows of it; steps that the log does tell are the log's. The
 * rollup is then counted from the orders, which it always equals.
 */
async function carryOver(tx: Queryable, context: CarryOver): Promise<number> {
  const { live, shadow, before } = context;
  const isOld = (of: string): string => `coalesce(uuid_extract_timestamp(${of}.order_id), '-infinity') < $1`;
  const columns = `order_id, customer_id, currency, amount_total, item_count, ${STEPS.map((step) => `${step}_at`).join(', ')}`;
  const completed = await tx.query(
    `UPDATE ${shadow}.orders n SET ${STEPS.map((step) => `${step}_at = coalesce(n.${step}_at, o.${step}_at)`).join(', ')}
     FROM ${live}.orders o WHERE o.order_id = n.order_id AND n.created_at IS NULL AND ${isOld('n')}
       AND (${STEPS.map((step) => `n.${step}_at IS NULL AND o.${step}_at IS NOT NULL`).join(' OR ')})`,
    [before],
  );
  const whole = await tx.query(
    `INSERT INTO ${shadow}.orders (${columns}) SELECT ${columns} FROM ${live}.orders o
     WHERE ${isOld('o')} AND NOT EXISTS (SELECT FROM ${shadow}.orders n WHERE n.order_id = o.order_id)`,
    [before],
  );
  await tx.query(
    `INSERT INTO ${shadow}.order_items (order_id, line, sku, quantity, unit_amount)
     SELECT order_id, line, sku, quantity, unit_amount FROM ${live}.order_items o
     WHERE ${isOld('o')} AND NOT EXISTS (SELECT FROM ${shadow}.order_items n WHERE n.order_id = o.order_id)
       AND EXISTS (SELECT FROM ${shadow}.orders n WHERE n.order_id = o.order_id)`,
    [before],
  );
  const carried = completed.rowCount + whole.rowCount;
  if (carried > 0) await countAnew(tx, context);
  return carried;
}

async function countAnew(tx: Queryable, { shadow }: CarryOver): Promise<void> {
  const counts = STEPS.map((_, index) => `count(*) FILTER (WHERE step = ${index})`);
  const sums = STEPS.map((_, index) => `coalesce(sum(amount_total) FILTER (WHERE step = ${index}), 0)`);
  await tx.query(`TRUNCATE ${shadow}.revenue_per_minute`);
  await tx.query(
    `INSERT INTO ${shadow}.revenue_per_minute
       (minute, currency, ${STEPS.map((step) => `orders_${step}`).join(', ')}, ${STEPS.map((step) => `amount_${step}`).join(', ')})
     SELECT date_bin('1 minute', at, 'epoch'), currency, ${[...counts, ...sums].join(', ')}
     FROM ${shadow}.orders CROSS JOIN LATERAL
       (VALUES ${STEPS.map((step, index) => `(${index}, ${step}_at)`).join(', ')}) AS taken(step, at)
     WHERE at IS NOT NULL GROUP BY 1, 2`,
  );
}
