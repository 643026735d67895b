import type { CarryOver, Projection } from '@orderstream/transactional/rebuild';
import type { Queryable } from '@orderstream/transactional';
import { carryOverPayments } from './carry-over-payments.ts';
import { carryOverUsers } from './carry-over-users.ts';
import { RebuiltWarehouse } from './rebuilt-warehouse.ts';

const STEPS = ['created', 'confirmed', 'rejected', 'paid', 'cancelled'] as const;

/**
 * The warehouse as `orderstream rebuild analytics` builds it anew: orders, payments and users, with what is counted of them. Not web
 * events: their topic is shorter-lived than their table, and the table is most of the warehouse (ADR 0012).
 */
export const warehouseProjection: Projection = {
  service: 'analytics',
  ownSchema: 'analytics',
  group: 'analytics',
  live: 'warehouse',
  tables: [
    { name: 'orders', key: ['order_id'] },
    { name: 'order_items', key: ['order_id', 'line'] },
    { name: 'revenue_per_minute', key: ['minute', 'currency'] },
    { name: 'product_sales', key: ['quarter_hour', 'sku', 'currency'] },
    { name: 'payments', key: ['payment_id', 'outcome'] },
    { name: 'payments_per_minute', key: ['minute', 'currency'] },
    { name: 'users', key: ['user_id'] },
  ],
  handler: (schema) => new RebuiltWarehouse(schema),
  carryOver: async (tx, context) =>
    (await carryOverOrders(tx, context)) +
    (await carryOverPayments(tx, context)) +
    (await carryOverUsers(tx, context)),
};

/**
 * An order whose order.created the log has lost keeps what the warehouse knows of it; steps that the log does tell are the log's. The
 * rollups are then counted from the orders, which they always equal.
 */
async function carryOverOrders(tx: Queryable, context: CarryOver): Promise<number> {
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
  await tx.query(`TRUNCATE ${shadow}.product_sales`);
  await tx.query(
    `INSERT INTO ${shadow}.product_sales
     SELECT date_bin('15 minutes', at, 'epoch'), sku, currency,
       coalesce(sum(quantity) FILTER (WHERE step = 1), 0), coalesce(sum(quantity) FILTER (WHERE step = 2), 0),
       coalesce(sum(amount) FILTER (WHERE step = 1), 0), coalesce(sum(amount) FILTER (WHERE step = 2), 0)
     FROM ${shadow}.orders JOIN ${shadow}.order_items USING (order_id)
     CROSS JOIN LATERAL (VALUES (1, confirmed_at), (2, cancelled_at)) AS taken(step, at)
     WHERE at IS NOT NULL AND created_at IS NOT NULL GROUP BY 1, 2, 3`,
  );
}
