import type { AlertData, OrderData, TemplateData, TemplateName } from '../rendering/template-data.ts';

/** What people are called: each has broken a mail somewhere. */
export const NAMES = {
  plain: 'Ada Lovelace',
  none: '',
  long: `${'Wolfeschlegelsteinhausenbergerdorff'.repeat(5)} von und zu Ohneleerzeichen`,
  rtl: 'محمد بن عبد الله الخوارزمي',
  emoji: '👩🏽‍🚀 Zoë 🎉🇩🇪',
  script: `<script>alert('x')</script> & "Söhne"`,
} as const;

export type Who = keyof typeof NAMES;

const ORDER_ID = '019a0000-0000-7000-8000-000000000001';
const AT = '2026-06-13T10:05:00.000Z';

/** Made up: nothing in it is of a customer. */
export function exampleOf<Name extends TemplateName>(
  template: Name,
  who: Who,
  items: number,
): TemplateData[Name] {
  return examples(who, items)[template];
}

function examples(who: Who, items: number): TemplateData {
  const named = who === 'none' ? {} : { name: NAMES[who] };
  const order: OrderData = {
    ...named,
    order_id: ORDER_ID,
    currency: 'EUR',
    amount_total: items * 411_52,
    item_count: items,
  };
  const payment_id = 'pay_019a0000-0000-7000-8000-000000000002';
  return {
    'order-confirmed': { ...order, confirmed_at: AT },
    'order-rejected': { ...order, rejected_at: AT, reason_code: 'amount_limit_exceeded' },
    'order-cancelled': {
      ...order,
      cancelled_at: AT,
      reason: who === 'plain' ? 'Ordered twice by mistake' : NAMES[who],
    },
    'payment-receipt': { ...order, paid_at: AT, payment_id },
    'payment-failed': {
      ...{ ...named, order_id: ORDER_ID, payment_id, currency: 'EUR', amount: 1_234_56 },
      ...{ method: 'card', failed_at: AT },
    },
    welcome: { ...named, user_id: 'ada-1815' },
    'operator-alert': who === 'plain' ? FRAUD : LAG,
  };
}

const FRAUD: AlertData = {
  alert: 'fraud',
  subject_type: 'customer',
  subject_id: 'c-4711',
  rule: 'order_velocity',
  score: 0.92,
  window: { start: '2026-06-13T10:04:00.000Z', end: AT },
  evidence: { orders: 14, limit: 10, order_ids: [ORDER_ID, '019a0000-0000-7000-8000-000000000003'] },
  alerted_at: AT,
};

const LAG: AlertData = {
  alert: 'lag-exceeded',
  group: 'worker',
  topic: 'orders',
  lag: 12_345,
  lag_seconds: 96.4,
  verdict: 'STALLED',
  threshold: 60,
  alerted_at: AT,
};
