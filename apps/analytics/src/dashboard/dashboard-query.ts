import { Inject, Injectable } from '@nestjs/common';
import { Database } from '@orderstream/transactional';
import { DASHBOARD_SETTINGS, type DashboardSettings } from './dashboard-settings.ts';
import type { CurrencyRevenue, DashboardSnapshot, LatestOrder, OrderCounts } from './page/snapshot.ts';
import { timeOf, withDigits } from './row-values.ts';

/** One statement, so that all parts are of one moment. It reads rollup rows (1,440 a day and currency at most) and 1,000 orders. */
const SNAPSHOT = {
  name: 'dashboard-snapshot',
  text: `
    WITH clock AS (
      SELECT now() AS now, date_bin('1 minute', now(), 'epoch') AS minute, date_trunc('day', now(), $1) AS day
    ), today AS (
      SELECT currency, sum(orders_created) AS created, sum(orders_confirmed) AS confirmed, sum(orders_rejected) AS rejected,
             sum(orders_paid) AS paid, sum(orders_cancelled) AS cancelled,
             sum(amount_created) AS amount_created, sum(amount_confirmed) AS amount_confirmed, sum(amount_paid) AS amount_paid
      FROM warehouse.revenue_per_minute, clock
      WHERE revenue_per_minute.minute >= day AND revenue_per_minute.minute < date_add(day, '1 day', $1)
      GROUP BY currency
    ), hour AS (
      SELECT extract(epoch FROM total.minute) AS minute_s, sum(orders_created) AS created, sum(orders_confirmed) AS confirmed, sum(orders_rejected) AS rejected,
             sum(orders_paid) AS paid, sum(orders_cancelled) AS cancelled,
             coalesce(json_object_agg(currency, amount_confirmed::text) FILTER (WHERE amount_confirmed > 0), '{}') AS revenue
      FROM warehouse.revenue_per_minute AS total, clock
      WHERE total.minute > clock.minute - interval '1 hour' AND total.minute <= clock.minute
      GROUP BY total.minute
    ), latest AS (
      SELECT order_id, customer_id, item_count, currency, amount_total, status,
             extract(epoch FROM coalesce(created_at, uuid_extract_timestamp(order_id))) AS ordered_at_s
      FROM warehouse.orders ORDER BY order_id DESC LIMIT 20
    ), ruled AS (
      SELECT extract(epoch FROM took) * 1000 AS ms
      FROM (SELECT coalesce(confirmed_at, rejected_at) - created_at AS took FROM warehouse.orders ORDER BY order_id DESC LIMIT 1000) AS newest
      WHERE took IS NOT NULL
    )
    SELECT now AS as_of, day AS since,
      (SELECT json_build_object('created', coalesce(sum(created), 0), 'confirmed', coalesce(sum(confirmed), 0),
                                'rejected', coalesce(sum(rejected), 0), 'paid', coalesce(sum(paid), 0),
                                'cancelled', coalesce(sum(cancelled), 0)) FROM today) AS orders,
      (SELECT coalesce(json_agg(json_build_object('currency', currency, 'amount_created', amount_created::text,
                                                  'amount_confirmed', amount_confirmed::text, 'amount_paid', amount_paid::text)
                                ORDER BY created DESC, currency), '[]') FROM today) AS revenue,
      (SELECT coalesce(json_agg(hour ORDER BY minute_s), '[]') FROM hour) AS minutes,
      (SELECT coalesce(json_agg(latest ORDER BY order_id DESC), '[]') FROM latest) AS latest_orders,
      (SELECT json_build_object('orders', count(*), 'p50_ms', percentile_disc(0.5) WITHIN GROUP (ORDER BY ms),
                                'p99_ms', percentile_disc(0.99) WITHIN GROUP (ORDER BY ms)) FROM ruled) AS ruled
    FROM clock`,
};

/** Changes with every committed batch, whichever instance consumed it, because each moves a position; with every check of the lag; and every minute. */
const VERSION = {
  name: 'dashboard-version',
  text: `
    SELECT now() AS as_of, concat(date_bin('1 minute', now(), 'epoch'),
      (SELECT string_agg(next_offset::text, ' ' ORDER BY consumer_group, topic, partition) FROM consumer_positions),
      (SELECT string_agg(checked_at::text, ' ' ORDER BY what) FROM watches)) AS version`,
};

/** What the orders' rollup and the newest orders have to say to the dashboard. */
export interface OrderFigures extends Pick<
  DashboardSnapshot,
  'as_of' | 'time_zone' | 'today' | 'minutes' | 'latest_orders'
> {
  readonly ruled: { readonly orders: number; readonly p50_ms: number; readonly p99_ms: number };
}

interface SnapshotRow {
  readonly as_of: Date;
  readonly since: Date;
  readonly orders: OrderCounts;
  readonly revenue: Omit<CurrencyRevenue, 'minor_unit_digits'>[];
  readonly minutes: (OrderCounts & { minute_s: number; revenue: Record<string, string> })[];
  readonly latest_orders: (Omit<LatestOrder, 'minor_unit_digits' | 'ordered_at'> & {
    ordered_at_s: number;
  })[];
  readonly ruled: OrderFigures['ruled'];
}

@Injectable()
export class DashboardQuery {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(DASHBOARD_SETTINGS) private readonly settings: DashboardSettings,
  ) {}

  /** @throws TransientError when the database is away */
  async snapshot(): Promise<OrderFigures> {
    const { timeZone } = this.settings;
    const { rows } = await this.database.query<SnapshotRow>(SNAPSHOT, [timeZone]);
    const { as_of, since, orders, revenue, minutes, latest_orders, ruled } = rows[0] as SnapshotRow;
    return {
      as_of: as_of.toISOString(),
      time_zone: timeZone,
      today: { since: since.toISOString(), orders, revenue: revenue.map(withDigits) },
      minutes: minutes.map(({ minute_s, ...counts }) => ({ minute: timeOf(minute_s), ...counts })),
      latest_orders: latest_orders.map(({ ordered_at_s, ...order }) =>
        withDigits({ ...order, ordered_at: timeOf(ordered_at_s) }),
      ),
      ruled,
    };
  }

  /** Cheap to ask: as long as the version is the same, so is the snapshot. @throws TransientError when the database is away */
  async version(): Promise<{ readonly as_of: string; readonly version: string }> {
    const { rows } = await this.database.query<{ as_of: Date; version: string }>(VERSION);
    const { as_of, version } = rows[0] as { as_of: Date; version: string };
    return { as_of: as_of.toISOString(), version };
  }
}
