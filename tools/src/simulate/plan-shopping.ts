import { catalogue, currencies, unitAmount, type Currency, type Product } from './catalogue.ts';
import type { People } from './people.ts';
import type { Random } from './random.ts';
import { totalOf, type Customer, type Item, type PlannedOrder, type Step } from './visit.ts';

const SHOP = 'https://shop.example';
const REFERRERS = ['https://search.example/', 'https://news.example/', undefined, undefined] as const;
const METHODS = ['card', 'card', 'card', 'wallet', 'bank_transfer', 'other'] as const;
const FAILURES = ['card_declined', 'insufficient_funds', 'expired_card', 'timeout'] as const;

/** Shares, from what shops publish of themselves, a little on the lively side. */
const LOOKS_AT_PRODUCTS = 0.78;
const GOES_ON = 0.72;
const ADDS_TO_CART = 0.35;
const CHECKS_OUT = 0.6;
const BUYS = 0.72;
const COMES_BACK = 0.35;
const REGISTERS = 0.6;
const ORDERS_TOO_MUCH = 0.005;
const PAYS_AT_ONCE = 0.88;
const TRIES_AGAIN = 0.6;
const CANCELS = 0.05;

/** Writes down what a visitor does, one thing after another. */
export class Script {
  readonly steps: Step[] = [];
  readonly #random: Random;
  #afterMs = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Some seconds pass, mostly few. */
  pause(shortestMs = 300, longestMs = 4_500): this {
    this.#afterMs += Math.round(shortestMs + (longestMs - shortestMs) * this.#random.next() ** 2);
    return this;
  }

  add(step: WithoutTime<Step>): this {
    this.steps.push({ afterMs: this.#afterMs, ...step });
    return this;
  }

  event(event_type: string, properties: Readonly<Record<string, unknown>>, customer?: Customer): this {
    return this.add({ do: 'event', event_type, properties, ...userOf(customer) });
  }
}

type WithoutTime<T> = T extends unknown ? Omit<T, 'afterMs'> : never;

/** A visit of somebody honest: browses, looks at products, fills a cart, leaves or buys, pays or fails to. */
export function planShopping(random: Random, people: People): Step[] {
  const script = new Script(random);
  const currency = anyCurrency(random);
  const referrer = random.pick(REFERRERS);
  script.event('page.viewed', {
    url: `${SHOP}/`,
    title: 'Shop',
    ...(referrer === undefined ? {} : { referrer }),
  });
  if (!random.chance(LOOKS_AT_PRODUCTS)) {
    if (random.chance(0.4))
      script.pause().event('element.clicked', { url: `${SHOP}/`, selector: 'nav a.about', text: 'About us' });
    return script.steps;
  }
  const cart = browse(script, random, currency);
  if (cart.length === 0 || !random.chance(CHECKS_OUT)) return script.steps;
  buy(script, random, people, { currency, items: cart });
  return script.steps;
}

function browse(script: Script, random: Random, currency: Currency): Item[] {
  const cart = new Map<string, Item>();
  do {
    const product = random.popular(catalogue);
    const url = `${SHOP}/products/${product.sku.toLowerCase()}`;
    const price = { sku: product.sku, unit_amount: unitAmount(product, currency), currency: currency.code };
    script.pause().event('page.viewed', { url, title: product.name, referrer: `${SHOP}/` });
    script.event('product.viewed', price);
    if (random.chance(0.4)) script.pause().event('element.clicked', { url, selector: '#photo-2', text: '' });
    if (!random.chance(ADDS_TO_CART) || cart.has(product.sku)) continue;
    const quantity = random.chance(0.75) ? 1 : random.whole(2, 4);
    cart.set(product.sku, { sku: product.sku, quantity, unit_amount: price.unit_amount });
    script.pause().event('cart.item_added', { ...price, quantity });
  } while (random.chance(GOES_ON));
  return [...cart.values()];
}

function buy(
  script: Script,
  random: Random,
  people: People,
  { currency, items }: { currency: Currency; items: readonly Item[] },
): void {
  const amounts = { currency: currency.code, amount: totalOf({ items }) };
  const known = random.chance(COMES_BACK) ? people.comeBack(random) : undefined;
  script.pause().event('checkout.started', { ...amounts, item_count: items.length }, known);
  if (!random.chance(BUYS)) return;
  const customer = known ?? people.create(random);
  const isNew = known === undefined && random.chance(REGISTERS);
  if (isNew) {
    script.pause().add({ do: 'register', customer });
    people.remember(customer);
  }
  const isTooMuch = currency.code !== 'JPY' && random.chance(ORDERS_TOO_MUCH);
  const order = orderOf(customer, currency, isTooMuch ? tooMuch(random, currency) : items);
  script.pause().add({ do: 'order', order });
  script.add({ do: 'purchase', ...userOf(customer) });
  if (!isTooMuch) pay(script, random, known === undefined);
}

/** Regulars pay at once: whose payments fail again and again is suspicious, and only those planted are to be. */
function pay(script: Script, random: Random, mayFail: boolean): void {
  const method = random.pick(METHODS);
  if (mayFail && !random.chance(PAYS_AT_ONCE)) {
    script.pause().add({ do: 'pay', method, failureCode: random.pick(FAILURES) });
    if (!random.chance(TRIES_AGAIN)) return;
  }
  script.pause().add({ do: 'pay', method });
  if (random.chance(CANCELS)) script.pause().add({ do: 'cancel', reason: 'Ordered by mistake.' });
}

/** More than the worker confirms: its limit is 100,000,000 minor units unless configured otherwise. */
function tooMuch(random: Random, currency: Currency): Item[] {
  const product = random.pick(catalogue.filter(({ cents }) => cents > 15_000));
  return [{ sku: product.sku, quantity: 10_000, unit_amount: unitAmount(product, currency) }];
}

export function orderOf(customer: Customer, currency: Currency, items: readonly Item[]): PlannedOrder {
  const { id: customer_id, email, phone } = customer;
  return {
    customer_id,
    currency: currency.code,
    items,
    contact: { email, ...(phone === undefined ? {} : { phone }) },
  };
}

export function itemOf(product: Product, currency: Currency, quantity = 1): Item {
  return { sku: product.sku, quantity, unit_amount: unitAmount(product, currency) };
}

export function anyCurrency(random: Random): Currency {
  let left = random.next();
  return currencies.find(({ share }) => (left -= share) < 0) ?? currencies[0];
}

function userOf(customer: Customer | undefined): { user_id?: string } {
  return customer === undefined ? {} : { user_id: customer.id };
}
