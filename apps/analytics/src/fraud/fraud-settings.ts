import type { BurstLimit, BurstRule } from './burst.rules.ts';
import type { OutlierLimit } from './amount-outlier.rules.ts';

/** What is suspicious. The README of analytics says it with names and units. */
export interface FraudSettings {
  readonly bursts: Readonly<Record<BurstRule, BurstLimit>>;
  readonly outlier: OutlierLimit;
  /** How long, after they happened, orders and failed payments are remembered, ms. */
  readonly retentionMs: number;
}

/** Injection token of the FraudSettings. */
export const FRAUD_SETTINGS = Symbol('FraudSettings');
