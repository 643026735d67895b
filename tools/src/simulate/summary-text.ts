import { minorUnitDigits } from '@orderstream/events';
import { isExact, type Summary } from './summary.ts';

/** The summary as people read it. */
export function summaryLines(summary: Summary): string[] {
  const { expected, planted_fraud, refused, requests } = summary;
  return [
    `Run ${summary.run}, seed ${summary.seed}: ${summary.visits} visits in ${summary.seconds} s, ${requests.sent} requests` +
      `${requests.repeated > 0 ? `, ${requests.repeated} of them repeated` : ''}.`,
    '',
    'Added to what the dashboard showed before:',
    ...section('orders', expected.orders),
    ...section('status', expected.orders_by_status),
    ...expected.revenue.map(
      (each) =>
        `  ${each.currency.padEnd(10)} ${each.orders_created} orders; created ${money(each.amount_created, each.currency)}, ` +
        `confirmed ${money(each.amount_confirmed, each.currency)}, paid ${money(each.amount_paid, each.currency)}`,
    ),
    ...expected.payments.map(
      (each) => `  payments   ${each.currency}: ${each.succeeded} succeeded, ${each.failed} failed`,
    ),
    `  registered ${expected.users_registered}`,
    ...section('funnel', expected.funnel),
    ...section('web events', expected.web_events),
    '  top products (sold, looked at, put into carts)',
    ...expected.top_products.map(
      ({ sku, pieces_sold, views, cart_adds }) =>
        `             ${sku.padEnd(14)} ${numbers(pieces_sold, views, cart_adds)}`,
    ),
    ...(planted_fraud.length === 0 ? [] : ['', 'Fraud to be found:']),
    ...planted_fraud.map(
      ({ rule, subject_type, subject_id }) => `  ${rule.padEnd(16)} ${subject_type} ${subject_id}`,
    ),
    ...(refused.requests + refused.web_events === 0
      ? []
      : [
          '',
          `Refused, as they had to be: ${refused.requests} requests and ${refused.web_events} web events.`,
        ]),
    '',
    ...troubleLines(summary),
  ];
}

function troubleLines(summary: Summary): string[] {
  const { troubles } = summary;
  if (isExact(summary)) return ['Every answer was as expected: these numbers are exact.'];
  return [
    'These numbers are not exact:',
    ...(troubles.visits_ended_early > 0 ? [`  ${troubles.visits_ended_early} visits ended early`] : []),
    ...Object.entries(troubles.unexpected_answers).map(([what, count]) => `  ${count} × ${what}`),
    ...troubles.unsettled_orders
      .slice(0, 10)
      .map(({ order_id, status, expected }) => `  order ${order_id} is ${status}, not ${expected}`),
    ...(troubles.unsettled_orders.length > 10
      ? [`  … and ${troubles.unsettled_orders.length - 10} orders more`]
      : []),
  ];
}

function section(title: string, counts: Readonly<Record<string, number>>): string[] {
  const text = Object.entries(counts).map(([name, count]) => `${name.replaceAll('_', ' ')} ${count}`);
  return [`  ${title.padEnd(10)} ${text.join(', ')}`];
}

function numbers(...values: number[]): string {
  return values.map((value) => String(value).padStart(6)).join('');
}

function money(minorUnits: number, currency: string): string {
  const digits = minorUnitDigits(currency);
  return (minorUnits / 10 ** digits).toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
