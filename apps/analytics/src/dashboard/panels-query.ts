import { Inject, Injectable } from '@nestjs/common';
import { minorUnitDigits } from '@orderstream/events';
import { Database } from '@orderstream/transactional';
import { DASHBOARD_SETTINGS, type DashboardSettings } from './dashboard-settings.ts';
import type {
  DashboardSnapshot,
  DeadLetterCount,
  Funnel,
  GroupLag,
  Suspicion,
  TopProduct,
} from './page/snapshot.ts';
import { timeOf, withDigits } from './row-values.ts';

/** Rollups of today, and what the watch over the groups saw. A retry topic is worth a line only when something is on it. */
const PANELS = {
  name: 'dashboard-panels',
  text: `
    WITH clock AS (SELECT date_trunc('day', now(), $1) AS day),
    funnel AS (
      SELECT coalesce(sum(viewed), 0) AS viewed, coalesce(sum(added_to_cart), 0) AS added_to_cart,
             coalesce(sum(checked_out), 0) AS began_checkout, coalesce(sum(purchased), 0) AS purchased
      FROM warehouse.funnel_per_minute, clock WHERE minute >= day AND minute < date_add(day, '1 day', $1)
    ), sold AS (
      SELECT sku, currency, sum(pieces_confirmed - pieces_cancelled) AS pieces, sum(amount_confirmed - amount_cancelled) AS amount
      FROM warehouse.product_sales, clock WHERE quarter_hour >= day AND quarter_hour < date_add(day, '1 day', $1)
      GROUP BY sku, currency
    ), products AS (
      SELECT sku, sum(pieces) AS pieces,
             json_agg(json_build_object('currency', currency, 'amount', amount::text) ORDER BY pieces DESC, currency) AS amounts
      FROM sold WHERE pieces > 0 GROUP BY sku ORDER BY sum(pieces) DESC, sku LIMIT 6
    ), lag AS (
      SELECT consumer_group AS group, topic, records, seconds, verdict, members, threshold_seconds AS threshold, alerting, hint
      FROM lag_verdicts WHERE topic NOT LIKE '%.retry' OR records > 0 OR alerting
    ), letters AS (
      SELECT consumer_group AS group, topic, reason, open_letters AS count
      FROM dead_letter_counts ORDER BY open_letters DESC, consumer_group, topic, reason LIMIT 10
    ), suspicions AS (
      SELECT subject_type, subject_id, rule, score, extract(epoch FROM detected_at)::float AS detected_at_s, evidence
      FROM warehouse.fraud_suspicions ORDER BY detected_at DESC LIMIT 10
    )
    SELECT (SELECT coalesce(json_agg(suspicions ORDER BY detected_at_s DESC), '[]') FROM suspicions) AS suspicions,
      (SELECT to_json(funnel) FROM funnel) AS funnel,
      (SELECT coalesce(json_agg(products ORDER BY pieces DESC, sku), '[]') FROM products) AS products,
      (SELECT coalesce(json_agg(lag ORDER BY lag.group, lag.topic), '[]') FROM lag) AS lag,
      (SELECT extract(epoch FROM checked_at)::float FROM watches WHERE what = 'lag') AS lag_checked_s,
      (SELECT coalesce(json_agg(letters), '[]') FROM letters) AS letters,
      (SELECT extract(epoch FROM checked_at)::float FROM watches WHERE what = 'dead letters') AS letters_checked_s`,
};

type SuspicionRow = Omit<Suspicion, 'detected_at'> & { readonly detected_at_s: number };

interface PanelsRow {
  readonly suspicions: SuspicionRow[];
  readonly funnel: Funnel;
  readonly products: (Omit<TopProduct, 'amounts'> & { amounts: { currency: string; amount: string }[] })[];
  readonly lag: GroupLag[];
  readonly lag_checked_s: number | null;
  readonly letters: DeadLetterCount[];
  readonly letters_checked_s: number | null;
}

export type Panels = Pick<DashboardSnapshot, 'funnel' | 'top_products' | 'fraud' | 'lag' | 'dead_letters'>;

/** The panels beside the orders. All of it comes from rollups and short lists: no question grows with the traffic. */
@Injectable()
export class PanelsQuery {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(DASHBOARD_SETTINGS) private readonly settings: DashboardSettings,
  ) {}

  /** @throws TransientError when the database is away */
  async panels(): Promise<Panels> {
    const { rows } = await this.database.query<PanelsRow>(PANELS, [this.settings.timeZone]);
    const { suspicions, funnel, products, ...watched } = rows[0] as PanelsRow;
    return {
      funnel,
      top_products: products.map((product) => ({ ...product, amounts: product.amounts.map(withDigits) })),
      fraud: suspicions.map(suspicionOf),
      lag: { checked_at: timeOrNull(watched.lag_checked_s), groups: watched.lag },
      dead_letters: { checked_at: timeOrNull(watched.letters_checked_s), counts: watched.letters },
    };
  }
}

function timeOrNull(seconds: number | null): string | null {
  return seconds === null ? null : timeOf(seconds);
}

function suspicionOf({ detected_at_s, ...suspicion }: SuspicionRow): Suspicion {
  const { currency } = suspicion.evidence;
  const digits = typeof currency === 'string' ? { minor_unit_digits: minorUnitDigits(currency) } : {};
  return { ...suspicion, ...digits, detected_at: timeOf(detected_at_s) };
}
