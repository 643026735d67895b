import { durationMs } from '@orderstream/service';
import Type, { type Static, type TObject } from 'typebox';
import type { FraudSettings } from './fraud-settings.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const count = (least: number, usual: number) => Type.Integer({ minimum: least, maximum: 50, default: usual });
const window = (usual: string) => durationMs({ minimum: 1_000, maximum: 7 * DAY_MS, default: usual });

/** The variables of the rules: what they mean stands in the README of analytics. */
export const fraudEnvironment = {
  FRAUD_ORDER_VELOCITY_ORDERS: count(1, 10),
  FRAUD_ORDER_VELOCITY_WINDOW: window('60s'),
  FRAUD_AMOUNT_OUTLIER_FACTOR: Type.Number({ minimum: 1, maximum: 1_000_000, default: 10 }),
  FRAUD_AMOUNT_OUTLIER_ORDERS: count(1, 5),
  FRAUD_FAILED_PAYMENTS: count(1, 3),
  FRAUD_FAILED_PAYMENTS_WINDOW: window('10m'),
  FRAUD_SHARED_CONTACT_CUSTOMERS: count(2, 5),
  FRAUD_SHARED_CONTACT_WINDOW: window('24h'),
  // No window may reach behind it, with a day for what comes late.
  FRAUD_RETENTION: durationMs({ minimum: 8 * DAY_MS, default: '90d' }),
};

export function fraudSettings(values: Readonly<Static<TObject<typeof fraudEnvironment>>>): FraudSettings {
  return Object.freeze({
    bursts: Object.freeze({
      // "More than" so many.
      order_velocity: {
        count: values.FRAUD_ORDER_VELOCITY_ORDERS + 1,
        windowMs: values.FRAUD_ORDER_VELOCITY_WINDOW,
      },
      failed_payments: {
        count: values.FRAUD_FAILED_PAYMENTS,
        windowMs: values.FRAUD_FAILED_PAYMENTS_WINDOW,
      },
      shared_contact: {
        count: values.FRAUD_SHARED_CONTACT_CUSTOMERS,
        windowMs: values.FRAUD_SHARED_CONTACT_WINDOW,
      },
    }),
    outlier: Object.freeze({
      factor: values.FRAUD_AMOUNT_OUTLIER_FACTOR,
      orders: values.FRAUD_AMOUNT_OUTLIER_ORDERS,
    }),
    retentionMs: values.FRAUD_RETENTION,
  });
}
