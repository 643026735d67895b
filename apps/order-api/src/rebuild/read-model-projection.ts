import type { ReceivedEvent } from '@orderstream/events';
import type { CarryOver, ExchangeContext, Projection } from '@orderstream/transactional/rebuild';
import type { Queryable } from '@orderstream/transactional';
import { OrderStore } from '../read-model/order-store.ts';
import { ProjectOrders } from '../read-model/project-orders.ts';

/** The read model as `orderstream rebuild order-api` builds it anew. Idempotency keys are no part of it: the log knows none. */
export const readModelProjection: Projection = {
  service: 'order-api',
  ownSchema: 'order_api',
  group: 'order-api',
  live: 'order_api',
  tables: [
    { name: 'orders', key: ['order_id'] },
    { name: 'order_events', key: ['event_id'], numbered: 'seq' },
  ],
  // Nobody follows the orders of a draft. Its tables are found by the search_path.
  handler: () => new ProjectOrders(new OrderStore(), { changed: () => undefined }),
  carryOver,
  prepare,
  finish,
};

const COLUMNS = 'order_id, status, customer_id, currency, amount_total, items, created_at, updated_at';
const OLD = `coalesce(uuid_extract_timestamp(o.order_id), '-infinity') < $1`;
const CHUNK = 500;

/**
 * An order of which the log has lost the first events is projected anew from all of them: those that only the live tables have, then
 * those of the log. One of which it has lost all is taken over as it is.
 */
async function carryOver(tx: Queryable, context: CarryOver): Promise<number> {
  const { live, shadow, before } = context;
  const { rows: partial } = await tx.query<{ order_id: string }>(
    `SELECT n.order_id FROM ${shadow}.orders n JOIN ${live}.orders o USING (order_id)
     WHERE n.items IS NULL AND ${OLD} AND EXISTS (
       SELECT FROM ${live}.order_events e WHERE e.order_id = n.order_id
         AND NOT EXISTS (SELECT FROM ${shadow}.order_events s WHERE s.event_id = e.event_id))
     ORDER BY 1`,
    [before],
  );
  for (let at = 0; at < partial.length; at += CHUNK) {
    await projectAnew(
      tx,
      context,
      partial.slice(at, at + CHUNK).map(({ order_id }) => order_id),
    );
  }
  const whole = await tx.query(
    `INSERT INTO ${shadow}.orders (${COLUMNS}) SELECT ${COLUMNS} FROM ${live}.orders o
     WHERE ${OLD} AND NOT EXISTS (SELECT FROM ${shadow}.orders n WHERE n.order_id = o.order_id)`,
    [before],
  );
  await tx.query(
    `INSERT INTO ${shadow}.order_events (event_id, order_id, event_type, event)
     SELECT event_id, order_id, event_type, event FROM ${live}.order_events o
     WHERE ${OLD} AND NOT EXISTS (SELECT FROM ${shadow}.order_events n WHERE n.order_id = o.order_id)
       AND EXISTS (SELECT FROM ${shadow}.orders n WHERE n.order_id = o.order_id)
     ORDER BY seq`,
    [before],
  );
  return partial.length + whole.rowCount;
}

/**
 * What only the live tables have stood before what is left of the log. But a step that the log's part says earlier is a repeat, which an
 * older version kept: it comes last, for the handler to leave it out.
 */
async function projectAnew(
  tx: Queryable,
  { live, shadow, handle }: CarryOver,
  ids: readonly string[],
): Promise<void> {
  const { rows } = await tx.query<{ event: ReceivedEvent }>(
    `SELECT event FROM (
       SELECT CASE WHEN EXISTS (
                SELECT FROM ${shadow}.order_events s JOIN ${live}.order_events o USING (event_id)
                 WHERE s.order_id = e.order_id AND s.event_type = e.event_type AND o.seq < e.seq
              ) THEN 2 ELSE 0 END AS part, seq, event
         FROM ${live}.order_events e WHERE order_id = ANY ($1::uuid[])
          AND NOT EXISTS (SELECT FROM ${shadow}.order_events s WHERE s.event_id = e.event_id)
       UNION ALL SELECT 1, seq, event FROM ${shadow}.order_events WHERE order_id = ANY ($1::uuid[])
     ) AS known ORDER BY part, seq`,
    [ids],
  );
  await tx.query(`DELETE FROM ${shadow}.orders WHERE order_id = ANY ($1::uuid[])`, [ids]);
  await tx.query(`DELETE FROM ${shadow}.order_events WHERE order_id = ANY ($1::uuid[])`, [ids]);
  await handle(
    rows.map(({ event }) => event),
    tx,
  );
}

/** Orders whose steps the live table has in another order than the log: looked for ahead, since it takes a look at every step. */
async function prepare(tx: Queryable, { live, shadow }: ExchangeContext): Promise<void> {
  await tx.query(`
    CREATE UNLOGGED TABLE ${shadow}.reordered AS
    SELECT DISTINCT order_id FROM (
      SELECT n.order_id, o.seq, lag(o.seq) OVER (PARTITION BY n.order_id ORDER BY n.seq) AS earlier
        FROM ${shadow}.order_events n JOIN ${live}.order_events o USING (event_id)) AS steps
     WHERE seq < earlier`);
}

/**
 * A row keeps its `seq`: streams under way go on by it, and a step that was missing comes to them as news. Only an order whose steps
 * would then stand in another order than the log's gets new ones throughout; who follows it at this moment sees its steps once more.
 */
async function finish(tx: Queryable, { live, shadow, kept }: ExchangeContext): Promise<void> {
  await tx.query(`
    INSERT INTO ${shadow}.reordered
    SELECT DISTINCT order_id FROM (
      SELECT n.order_id, o.seq, lag(o.seq) OVER (PARTITION BY n.order_id ORDER BY n.seq) AS earlier
        FROM ${shadow}.order_events n JOIN ${live}.order_events o USING (event_id)
       WHERE n.order_id IN (SELECT e.order_id FROM ${shadow}.differing_order_events d JOIN ${shadow}.order_events e USING (event_id))
      ) AS steps
     WHERE seq < earlier`);
  await tx.query(`
    INSERT INTO ${kept}.order_events
    SELECT o.* FROM ${live}.order_events o WHERE order_id IN (SELECT order_id FROM ${shadow}.reordered)
       AND NOT EXISTS (SELECT FROM ${kept}.order_events k WHERE k.event_id = o.event_id)
       AND NOT EXISTS (SELECT FROM ${shadow}.differing_order_events d WHERE d.event_id = o.event_id)`);
  await tx.query(
    `DELETE FROM ${live}.order_events WHERE order_id IN (SELECT order_id FROM ${shadow}.reordered)`,
  );
  await tx.query(`
    INSERT INTO ${live}.order_events (event_id, order_id, event_type, event)
    SELECT event_id, order_id, event_type, event FROM ${shadow}.order_events
     WHERE order_id IN (SELECT order_id FROM ${shadow}.reordered) ORDER BY seq`);
}
