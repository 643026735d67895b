import { formatAmount } from './money.ts';
import type { AlertData, OrderData, TemplateData, TemplateName } from './template-data.ts';
import { formatTime } from './time.ts';

type Views = { readonly [Name in TemplateName]: (data: TemplateData[Name], locale: string) => object };

/** For each template the values that stand in it, ready to be read. */
export const views: Views = {
  'order-confirmed': (data, locale) => ({
    ...orderView(data, locale),
    at: formatTime(data.confirmed_at, locale),
  }),
  'order-rejected': (data, locale) => ({
    ...orderView(data, locale),
    at: formatTime(data.rejected_at, locale),
    reason_code: data.reason_code,
  }),
  'order-cancelled': (data, locale) => ({
    ...orderView(data, locale),
    at: formatTime(data.cancelled_at, locale),
    reason: data.reason === undefined ? '' : oneLine(data.reason),
  }),
  'payment-receipt': (data, locale) => ({
    ...orderView(data, locale),
    at: formatTime(data.paid_at, locale),
    payment_id: data.payment_id,
  }),
  'payment-failed': ({ order_id, payment_id, currency, amount, method, failed_at, name }, locale) => ({
    order_id,
    payment_id,
    method,
    amount: formatAmount(amount, currency, locale),
    at: formatTime(failed_at, locale),
    name: nameOf(name),
  }),
  welcome: ({ user_id, name }) => ({ user_id, name: nameOf(name) }),
  'operator-alert': alertView,
};

function orderView({ order_id, currency, amount_total, item_count, name }: OrderData, locale: string) {
  return {
    order_id,
    total: formatAmount(amount_total, currency, locale),
    item_count,
    name: nameOf(name),
  };
}

function alertView(data: AlertData, locale: string) {
  const at = formatTime(data.alerted_at, locale);
  if (data.alert !== 'fraud') {
    const { alert, group, topic, lag, lag_seconds, verdict, threshold } = data;
    const seconds = (value: number): string => `${new Intl.NumberFormat(locale).format(value)} s`;
    return {
      ...{ alert, group, topic, verdict, at },
      lag: new Intl.NumberFormat(locale).format(lag),
      lag_time: seconds(lag_seconds),
      threshold: seconds(threshold),
    };
  }
  const { alert, subject_type, subject_id, rule, score, window, evidence } = data;
  return {
    ...{ alert, subject_type, subject_id, rule, at },
    score: new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(score),
    from: formatTime(window.start, locale),
    to: formatTime(window.end, locale),
    evidence: Object.entries(evidence)
      .slice(0, MAX_EVIDENCE)
      .map(([label, value]) => ({ label: shortened(label), value: shortened(asText(value)) })),
  };
}

/** What a person can take in at a glance; all of it is on the topic. */
const MAX_EVIDENCE = 20;
const MAX_EVIDENCE_LENGTH = 300;

function asText(value: unknown): string {
  if (Array.isArray(value)) return value.map(asText).join(', ');
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function shortened(text: string): string {
  const characters = Array.from(oneLine(text));
  return characters.length <= MAX_EVIDENCE_LENGTH
    ? characters.join('')
    : `${characters.slice(0, MAX_EVIDENCE_LENGTH).join('')} …`;
}

/** An empty one stands for a name that nobody told us: the greeting is left out. */
function nameOf(name: string | undefined): string {
  return name === undefined ? '' : oneLine(name);
}

/** What somebody typed must not be able to look like a part of the letter; direction marks of its own end with it. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replaceAll(/[\u202A-\u202E\u2066-\u2069]/g, '')
    .trim();
}
