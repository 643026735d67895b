import {
  bigintArray,
  integerArray,
  textArray,
  timestamptzArray,
  uuidArray,
  type Transaction,
} from '@orderstream/transactional';
import { SHARE_DAYS } from './web-event-days.ts';
import { timeOf, type WebEvent, type WebEventProperties } from './web-event-row.rules.ts';

/**
 * One statement for a batch: the events that are news, and, counted from exactly those, their sessions, minutes and products. A session
 * that turns out to have begun earlier takes all it counts for in the funnel with it to that minute: `RETURNING old, new` tells what
 * it counted for before. Rows that batches share are written in the order of their keys: they wait for one another, they do not deadlock;
 * and last, after the sessions (hence the count of `visited`), so that they wait for a moment only.
 */
const MERGE = {
  name: 'merge-web-events',
  text: `
    WITH news AS (
      INSERT INTO warehouse.web_events (event_id, occurred_at, told_at, event_type, session_id, user_id, url, title, referrer, selector,
                                        text, sku, quantity, unit_amount, amount, currency, item_count, order_id)
      SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                           $9::text[], $10::text[], $11::text[], $12::text[], $13::integer[], $14::bigint[], $15::bigint[], $16::text[],
                           $17::bigint[], $18::uuid[])
      ON CONFLICT DO NOTHING
      RETURNING occurred_at, event_type, session_id, user_id, sku, quantity
    ), visited AS (
      INSERT INTO warehouse.sessions AS known (session_id, user_id, started_at, ended_at, event_count, page_views,
                                               product_viewed_at, cart_item_added_at, checkout_started_at, purchase_completed_at)
      SELECT session_id, min(user_id), min(occurred_at), max(occurred_at), count(*), count(*) FILTER (WHERE event_type = 'page.viewed'),
        min(occurred_at) FILTER (WHERE event_type = 'product.viewed'), min(occurred_at) FILTER (WHERE event_type = 'cart.item_added'),
        min(occurred_at) FILTER (WHERE event_type = 'checkout.started'), min(occurred_at) FILTER (WHERE event_type = 'purchase.completed')
      FROM news GROUP BY session_id ORDER BY session_id
      ON CONFLICT (session_id) DO UPDATE SET
        user_id = least(known.user_id, excluded.user_id),
        started_at = least(known.started_at, excluded.started_at),
        ended_at = greatest(known.ended_at, excluded.ended_at),
        event_count = known.event_count + excluded.event_count,
        page_views = known.page_views + excluded.page_views,
        product_viewed_at = least(known.product_viewed_at, excluded.product_viewed_at),
        cart_item_added_at = least(known.cart_item_added_at, excluded.cart_item_added_at),
        checkout_started_at = least(known.checkout_started_at, excluded.checkout_started_at),
        purchase_completed_at = least(known.purchase_completed_at, excluded.purchase_completed_at)
      RETURNING old.started_at AS was_started_at, new.started_at,
        (old.product_viewed_at IS NOT NULL)::int AS was_viewed, (new.product_viewed_at IS NOT NULL)::int AS viewed,
        (old.cart_item_added_at IS NOT NULL)::int AS was_added, (new.cart_item_added_at IS NOT NULL)::int AS added,
        (old.checkout_started_at IS NOT NULL)::int AS was_checked_out, (new.checkout_started_at IS NOT NULL)::int AS checked_out,
        (old.purchase_completed_at IS NOT NULL)::int AS was_purchased, (new.purchase_completed_at IS NOT NULL)::int AS purchased
    ), funnel AS (
      INSERT INTO warehouse.funnel_per_minute AS total (minute, sessions, viewed, added_to_cart, checked_out, purchased)
      SELECT date_bin('1 minute', began, 'epoch'), sum(sessions), sum(viewed), sum(added), sum(checked_out), sum(purchased)
      FROM (
        SELECT started_at AS began, 1 AS sessions, viewed, added, checked_out, purchased FROM visited
        UNION ALL
        SELECT was_started_at, -1, -was_viewed, -was_added, -was_checked_out, -was_purchased FROM visited WHERE was_started_at IS NOT NULL
      ) AS change
      GROUP BY 1
      HAVING sum(sessions) <> 0 OR sum(viewed) <> 0 OR sum(added) <> 0 OR sum(checked_out) <> 0 OR sum(purchased) <> 0
      ORDER BY 1
      ON CONFLICT (minute) DO UPDATE SET
        sessions = total.sessions + excluded.sessions,
        viewed = total.viewed + excluded.viewed,
        added_to_cart = total.added_to_cart + excluded.added_to_cart,
        checked_out = total.checked_out + excluded.checked_out,
        purchased = total.purchased + excluded.purchased
    ), counted AS (
      INSERT INTO warehouse.web_events_per_minute AS total (minute, event_type, events)
      SELECT date_bin('1 minute', occurred_at, 'epoch'), event_type, count(*) FROM news GROUP BY 1, 2 ORDER BY 1, 2
      ON CONFLICT (minute, event_type) DO UPDATE SET events = total.events + excluded.events
    )
    INSERT INTO warehouse.product_interest AS total (quarter_hour, sku, views, cart_adds, pieces_added)
    SELECT date_bin('15 minutes', occurred_at, 'epoch'), sku, count(*) FILTER (WHERE event_type = 'product.viewed'),
      count(*) FILTER (WHERE event_type = 'cart.item_added'),
      coalesce(sum(quantity) FILTER (WHERE event_type = 'cart.item_added'), 0)
    FROM news WHERE sku IS NOT NULL AND (SELECT count(*) FROM visited) > 0 GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (quarter_hour, sku) DO UPDATE SET
      views = total.views + excluded.views,
      cart_adds = total.cart_adds + excluded.cart_adds,
      pieces_added = total.pieces_added + excluded.pieces_added`,
};

/** `warehouse.web_events` and what is counted of it, a batch at a time. */
export class WebEventStore {
  /** Adds what is news; an event that is known, or is there twice, counts once. */
  async merge(tx: Transaction, events: readonly WebEvent[]): Promise<void> {
    const times = events.map(timeOf);
    const payloads = events.map(({ payload }) => payload);
    const properties: readonly WebEventProperties[] = payloads.map((payload) => payload.properties);
    const texts = (name: TextProperty): Buffer => textArray(properties.map((each) => each[name] ?? null));
    const bigints = (name: NumberProperty): Buffer =>
      bigintArray(properties.map((each) => each[name] ?? null));
    const shared = tx.query(SHARE_DAYS);
    const merged = tx.query(MERGE, [
      uuidArray(events.map(({ event_id }) => event_id)),
      timestamptzArray(times.map(({ occurred_at }) => occurred_at)),
      timestamptzArray(times.map(({ told_at }) => told_at)),
      textArray(events.map(({ event_type }) => event_type)),
      textArray(payloads.map(({ session_id }) => session_id)),
      textArray(payloads.map(({ user_id }) => user_id ?? null)),
      texts('url'),
      texts('title'),
      texts('referrer'),
      texts('selector'),
      texts('text'),
      texts('sku'),
      integerArray(properties.map(({ quantity }) => quantity ?? null)),
      bigints('unit_amount'),
      bigints('amount'),
      texts('currency'),
      bigints('item_count'),
      uuidArray(properties.map(({ order_id }) => order_id ?? null)),
    ]);
    await Promise.all([shared, merged]);
  }
}

type TextProperty = 'url' | 'title' | 'referrer' | 'selector' | 'text' | 'sku' | 'currency';
type NumberProperty = 'unit_amount' | 'amount' | 'item_count';
