import type { Random } from './random.ts';
import type { Step } from './visit.ts';

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
/** Any time that is years away from now: what a clock says whose battery was empty. */
const LONG_AGO = new Date(Date.UTC(1970, 0, 2)).toISOString();
const FAR_AHEAD = new Date(Date.UTC(2100, 0, 1) + YEAR_MS).toISOString();

const PRODUCT = { sku: 'COFFEE-1KG', quantity: 1, unit_amount: 1890, currency: 'EUR' };

/** Items that are refused by themselves, in a batch whose other items are fine. */
const EVENTS: readonly Readonly<Record<string, unknown>>[] = [
  { event_type: 'page.viewed', timestamp: LONG_AGO, properties: { url: 'https://shop.example/' } },
  { event_type: 'page.viewed', timestamp: FAR_AHEAD, properties: { url: 'https://shop.example/' } },
  { event_type: 'page.closed', properties: {} },
  { event_type: 'page.viewed', properties: { url: `https://shop.example/${'x'.repeat(2_048)}` } },
  { event_type: 'cart.item_added', properties: { ...PRODUCT, quantity: -1 } },
  { event_type: 'cart.item_added', properties: { ...PRODUCT, unit_amount: 18.9 } },
  { event_type: 'product.viewed', properties: { sku: 'COFFEE-1KG', currency: 'XXL' } },
  { event_type: 'product.viewed', properties: { sku: 'COFFEE-1KG' }, colour: 'red' },
];

const ORDER = {
  customer_id: 'nobody',
  currency: 'EUR',
  items: [{ sku: 'CUP-WHITE', quantity: 1, unit_amount: 1250 }],
};

/** Requests that are refused as a whole. */
const REQUESTS: readonly Omit<Extract<Step, { do: 'bad-request' }>, 'do' | 'afterMs'>[] = [
  { path: '/v1/orders', body: '{"customer_id": "nobody"', expected: 400 },
  { path: '/v1/orders', body: JSON.stringify({ ...ORDER, items: [] }), expected: 400 },
  { path: '/v1/orders', body: JSON.stringify({ ...ORDER, coupon: 'FREE' }), expected: 400 },
  { path: '/v1/orders', body: JSON.stringify({ ...ORDER, currency: 'EURO' }), expected: 400 },
  { path: '/v1/orders', body: JSON.stringify(ORDER), contentType: 'text/plain', expected: 415 },
  { path: '/v1/orders', body: JSON.stringify({ ...ORDER, note: 'x'.repeat(70_000) }), expected: 413 },
  { path: '/v1/payments', body: JSON.stringify({ outcome: 'succeeded', amount: 1 }), expected: 400 },
  { path: '/v1/users', body: JSON.stringify({ email: 'nobody', name: '' }), expected: 400 },
  { path: '/v1/web-events', body: JSON.stringify({ events: [] }), expected: 400 },
];

/** Puts something into the visit that has to be refused. */
export function addMistake(steps: readonly Step[], random: Random): Step[] {
  const at = random.whole(0, steps.length - 1);
  const { afterMs } = steps[at] as Step;
  const mistake: Step = random.chance(0.7)
    ? { afterMs, do: 'bad-event', item: random.pick(EVENTS) }
    : { afterMs, do: 'bad-request', ...random.pick(REQUESTS) };
  return [...steps.slice(0, at + 1), mistake, ...steps.slice(at + 1)];
}
