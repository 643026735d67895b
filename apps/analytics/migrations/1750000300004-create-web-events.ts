import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Web events in partitions of a day, and what is kept counted of them: sessions, the funnel, events per minute, interest in products. */
export class CreateWebEvents1750000300004 implements MigrationInterface {
  readonly name = 'CreateWebEvents1750000300004';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [WEB_EVENTS, SESSIONS, FUNNEL, PER_MINUTE, PRODUCTS, COMMENTS, MORE_COMMENTS]) {
      await runner.query(statement);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE warehouse.product_interest, warehouse.web_events_per_minute, warehouse.funnel_per_minute,
      warehouse.sessions, warehouse.web_events`);
  }
}

// The service adds a partition for each day ahead of it. What belongs to none of them, years ago or ahead, shares one: no event can
// make partitions. Who it was is asked by those who erase a customer.
const WEB_EVENTS = `
  CREATE TABLE warehouse.web_events (
    event_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    told_at timestamptz,
    event_type text NOT NULL,
    session_id text NOT NULL,
    user_id text,
    url text,
    title text,
    referrer text,
    selector text,
    text text,
    sku text,
    quantity integer,
    unit_amount bigint,
    amount bigint,
    currency text,
    item_count bigint,
    order_id uuid,
    PRIMARY KEY (event_id, occurred_at)
  ) PARTITION BY RANGE (occurred_at);
  CREATE INDEX web_events_by_user ON warehouse.web_events (user_id) WHERE user_id IS NOT NULL;
  CREATE TABLE warehouse.web_events_other_days PARTITION OF warehouse.web_events DEFAULT`;

// The row of a session is rewritten by every batch that has an event of it: half a page is kept free for its versions,
// and of the indexes beside the key one is of a kind that does not keep a version from staying on the page, the other one does so
// only when the visitor logs in.
const SESSIONS = `
  CREATE TABLE warehouse.sessions (
    session_id text PRIMARY KEY,
    user_id text,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    event_count bigint NOT NULL,
    page_views bigint NOT NULL,
    product_viewed_at timestamptz,
    cart_item_added_at timestamptz,
    checkout_started_at timestamptz,
    purchase_completed_at timestamptz
  ) WITH (fillfactor = 50);
  CREATE INDEX sessions_by_end ON warehouse.sessions USING brin (ended_at);
  CREATE INDEX sessions_by_user ON warehouse.sessions (user_id) WHERE user_id IS NOT NULL`;

const FUNNEL = `
  CREATE TABLE warehouse.funnel_per_minute (
    minute timestamptz PRIMARY KEY,
    sessions bigint NOT NULL DEFAULT 0,
    viewed bigint NOT NULL DEFAULT 0,
    added_to_cart bigint NOT NULL DEFAULT 0,
    checked_out bigint NOT NULL DEFAULT 0,
    purchased bigint NOT NULL DEFAULT 0
  ) WITH (fillfactor = 30)`;

const PER_MINUTE = `
  CREATE TABLE warehouse.web_events_per_minute (
    minute timestamptz NOT NULL,
    event_type text NOT NULL,
    events bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (minute, event_type)
  ) WITH (fillfactor = 30)`;

// A quarter of an hour: the largest step in which every time zone's day begins.
const PRODUCTS = `
  CREATE TABLE warehouse.product_interest (
    quarter_hour timestamptz NOT NULL,
    sku text NOT NULL,
    views bigint NOT NULL DEFAULT 0,
    cart_adds bigint NOT NULL DEFAULT 0,
    pieces_added bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (quarter_hour, sku)
  ) WITH (fillfactor = 50)`;

const COMMENTS = `
  COMMENT ON TABLE warehouse.web_events IS 'What visitors did, one row per event, in partitions of a day (UTC) of occurred_at. Kept for WEB_EVENTS_RETENTION; what is counted of them stays.';
  COMMENT ON TABLE warehouse.web_events_other_days IS 'Web events of days that have no partition: too old, or too far ahead.';
  COMMENT ON COLUMN warehouse.web_events.event_id IS 'UUIDv7: made when the event was collected.';
  COMMENT ON COLUMN warehouse.web_events.occurred_at IS 'When it happened, as the visitor''s clock told; where that cannot be (over 7 days before it was collected, or 5 minutes after), when it was collected.';
  COMMENT ON COLUMN warehouse.web_events.told_at IS 'What the visitor''s clock told where it was not believed; else null.';
  COMMENT ON COLUMN warehouse.web_events.event_type IS 'page.viewed, element.clicked, product.viewed, cart.item_added, checkout.started or purchase.completed.';
  COMMENT ON COLUMN warehouse.web_events.session_id IS 'The visit it belongs to: warehouse.sessions.session_id.';
  COMMENT ON COLUMN warehouse.web_events.user_id IS 'Who it was, once known: warehouse.users.user_id.';
  COMMENT ON COLUMN warehouse.web_events.url IS 'The page, of page.viewed and element.clicked.';
  COMMENT ON COLUMN warehouse.web_events.title IS 'What the page calls itself, of page.viewed.';
  COMMENT ON COLUMN warehouse.web_events.referrer IS 'Where the visitor came from, of page.viewed.';
  COMMENT ON COLUMN warehouse.web_events.selector IS 'What was clicked, as CSS, of element.clicked.';
  COMMENT ON COLUMN warehouse.web_events.text IS 'What the clicked element reads.';
  COMMENT ON COLUMN warehouse.web_events.sku IS 'The product, of product.viewed and cart.item_added.';
  COMMENT ON COLUMN warehouse.web_events.quantity IS 'Pieces, of cart.item_added.';
  COMMENT ON COLUMN warehouse.web_events.unit_amount IS 'Price of one piece in minor units, of product.viewed and cart.item_added.';
  COMMENT ON COLUMN warehouse.web_events.amount IS 'Worth of the cart in minor units, of checkout.started and purchase.completed.';
  COMMENT ON COLUMN warehouse.web_events.currency IS 'ISO 4217 code of the amounts.';
  COMMENT ON COLUMN warehouse.web_events.item_count IS 'Lines in the cart, of checkout.started.';
  COMMENT ON COLUMN warehouse.web_events.order_id IS 'The order, of purchase.completed: warehouse.orders.order_id.';

  COMMENT ON TABLE warehouse.sessions IS 'One row per visit. Always equal to what its web events add up to.';
  COMMENT ON COLUMN warehouse.sessions.session_id IS 'Names the visit.';
  COMMENT ON COLUMN warehouse.sessions.user_id IS 'Who visited: null while nobody logged in, the alphabetically first where several did.';
  COMMENT ON COLUMN warehouse.sessions.started_at IS 'The earliest event.';
  COMMENT ON COLUMN warehouse.sessions.ended_at IS 'The latest event so far.';
  COMMENT ON COLUMN warehouse.sessions.event_count IS 'Events of the visit.';
  COMMENT ON COLUMN warehouse.sessions.page_views IS 'Of them, page.viewed.';
  COMMENT ON COLUMN warehouse.sessions.product_viewed_at IS 'The first product.viewed; null without one.';
  COMMENT ON COLUMN warehouse.sessions.cart_item_added_at IS 'The first cart.item_added; null without one.';
  COMMENT ON COLUMN warehouse.sessions.checkout_started_at IS 'The first checkout.started; null without one.';
  COMMENT ON COLUMN warehouse.sessions.purchase_completed_at IS 'The first purchase.completed; null without one.';`;

const MORE_COMMENTS = `
  COMMENT ON TABLE warehouse.funnel_per_minute IS 'How far visits came, by the minute in which they began: view, cart, checkout, purchase. Each visit counts once per step, whatever its order. Always equal to what warehouse.sessions adds up to.';
  COMMENT ON COLUMN warehouse.funnel_per_minute.minute IS 'Begin of the minute in which the visits began.';
  COMMENT ON COLUMN warehouse.funnel_per_minute.sessions IS 'Visits that began in this minute.';
  COMMENT ON COLUMN warehouse.funnel_per_minute.viewed IS 'Of them, those that looked at a product.';
  COMMENT ON COLUMN warehouse.funnel_per_minute.added_to_cart IS 'Of them, those that put something into the cart.';
  COMMENT ON COLUMN warehouse.funnel_per_minute.checked_out IS 'Of them, those that went to the checkout.';
  COMMENT ON COLUMN warehouse.funnel_per_minute.purchased IS 'Of them, those that bought.';

  COMMENT ON TABLE warehouse.web_events_per_minute IS 'Web events by minute and type. Always equal to what warehouse.web_events adds up to, as far back as those are kept.';
  COMMENT ON COLUMN warehouse.web_events_per_minute.minute IS 'Begin of the minute.';
  COMMENT ON COLUMN warehouse.web_events_per_minute.event_type IS 'As in web_events.';
  COMMENT ON COLUMN warehouse.web_events_per_minute.events IS 'Events of this type in this minute.';

  COMMENT ON TABLE warehouse.product_interest IS 'What visitors did with products, by quarter of an hour. What they bought is in product_sales.';
  COMMENT ON COLUMN warehouse.product_interest.quarter_hour IS 'Begin of the quarter of an hour.';
  COMMENT ON COLUMN warehouse.product_interest.sku IS 'The product.';
  COMMENT ON COLUMN warehouse.product_interest.views IS 'product.viewed.';
  COMMENT ON COLUMN warehouse.product_interest.cart_adds IS 'cart.item_added.';
  COMMENT ON COLUMN warehouse.product_interest.pieces_added IS 'Pieces put into carts.';`;
