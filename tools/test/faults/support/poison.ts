import {
  newEvent,
  orderCancellationRequested,
  orderConfirmed,
  orderCreated,
  recordOf,
  uuidv7,
  type ConsumerGroup,
  type DeadLetterReason,
  type OutgoingRecord,
  type PayloadOf,
} from '@orderstream/events';

/** A record, and which groups must give it up for which reason. Those that stand together go to the topic in their order. */
export interface Planned {
  readonly record: OutgoingRecord & { readonly key: string };
  readonly dead: Deaths;
  /** The record of the same bunch that it has to wait for where it is parked. */
  readonly behind?: Planned;
}

export type Deaths = { readonly [Group in ConsumerGroup]?: DeadLetterReason };

type Created = PayloadOf<typeof orderCreated>;

const SOURCE = 'fault-test';

/** The groups that read an order.created; the notifier does not, it waits for the confirmation. */
const onCreated = (reason: DeadLetterReason): Deaths => ({
  'order-api': reason,
  worker: reason,
  analytics: reason,
  fraud: reason,
});
/** A record without an event-type header is read by every group. */
const onAny = (reason: DeadLetterReason): Deaths => ({ ...onCreated(reason), notifier: reason });

/** An order as order-api would put it on the topic. */
export function goodOrder(orderId = uuidv7(), change: Partial<Created> = {}): Planned['record'] {
  return created(orderId, change);
}

/** What is wrong with records, each kind as a bunch of them under one key of its own. Contract.md says who gives up what, and why. */
export const POISON: Readonly<Record<string, (index: number) => readonly Planned[]>> = {
  'no value': (index) => [
    { record: { ...goodOrder(), value: index % 2 === 0 ? null : '' }, dead: onCreated('empty-value') },
  ],
  'not JSON': () => [{ record: { ...goodOrder(), value: '{"event_id": ' }, dead: onCreated('not-json') }],
  'not UTF-8': () => {
    const record = goodOrder();
    const value = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    return [{ record: { ...record, value }, dead: onCreated('not-json') }];
  },
  'no envelope': () => [
    { record: { ...goodOrder(), value: '{"hello":"world"}' }, dead: onCreated('not-an-envelope') },
  ],
  'a type that no contract names, without headers': () => {
    const record = goodOrder();
    const value = bodyOf(record).replace('order.created', 'order.teleported');
    return [{ record: { ...record, value, headers: {} }, dead: onAny('unknown-event-type') }];
  },
  'a version that is not known': () => {
    const record = goodOrder();
    const value = bodyOf(record).replace('"schema_version":1', '"schema_version":2');
    const headers = { ...record.headers, 'schema-version': '2' };
    return [{ record: { ...record, value, headers }, dead: onCreated('unknown-schema-version') }];
  },
  'an order that breaks the contract': () => [
    { record: brokenOrder(uuidv7()), dead: onCreated('contract-violated') },
  ],
  'a confirmation that breaks the contract': () => {
    const record = confirmed(uuidv7());
    const value = bodyOf(record).replace('"item_count":1', '"item_count":0');
    const reason = 'contract-violated';
    return [
      { record: { ...record, value }, dead: { 'order-api': reason, analytics: reason, notifier: reason } },
    ];
  },
  'a header that names another type': () => {
    const record = confirmed(uuidv7());
    const headers = { ...record.headers, 'event-type': 'order.created' };
    return [{ record: { ...record, headers }, dead: onCreated('header-mismatch') }];
  },
  "a key that is not the order's": () => [
    { record: { ...goodOrder(), key: uuidv7() }, dead: onCreated('key-mismatch') },
  ],
  // The first one stays. Its confirmation comes behind the other one, of the same key: see `parkedConfirmations`.
  'another order under a known id': () => {
    const orderId = uuidv7();
    const first = { record: goodOrder(orderId), dead: {} };
    const other = {
      record: goodOrder(orderId, { customer_id: 'somebody-else' }),
      dead: onCreated('conflict'),
    };
    return [first, other];
  },
  // JSON has no quarrel with it; PostgreSQL's text and jsonb do, so the contract refuses it before one record fails its whole batch.
  'a character that no database keeps': () => {
    const record = goodOrder();
    const value = bodyOf(record).replace(/"sku":"/, '"sku":"\\u0000');
    return [{ record: { ...record, value }, dead: onCreated('contract-violated') }];
  },
};

/** A dead record and two good ones behind it, which have to wait: the second is of a type that analytics does not handle. */
export function poisonWithSuccessors(): readonly Planned[] {
  const orderId = uuidv7();
  const head = { record: brokenOrder(orderId), dead: onCreated('contract-violated') };
  const request = newEvent(orderCancellationRequested, { order_id: orderId }, { source: SOURCE });
  return [
    head,
    { record: goodOrder(orderId), dead: onCreated('parked-behind'), behind: head },
    {
      record: { ...recordOf('orders', orderId, request), key: orderId },
      dead: { 'order-api': 'parked-behind', worker: 'parked-behind' },
      behind: head,
    },
  ];
}

/** Who parks the confirmation that the worker gives to the first of two orders under one id. */
export const parkedConfirmation: Deaths = { 'order-api': 'parked-behind', analytics: 'parked-behind' };

function created(orderId: string, change: Partial<Created>): Planned['record'] {
  const payload: Created = {
    order_id: orderId,
    // As many as a shop has: few customers with thousands of orders each would make it a test of the fraud rules' worst case.
    customer_id: `customer-${orderId.slice(-4)}`,
    currency: 'EUR',
    amount_total: 450,
    items: [{ sku: 'tea', quantity: 1, unit_amount: 450 }],
    ...change,
  };
  return {
    ...recordOf('orders', orderId, newEvent(orderCreated, payload, { source: SOURCE })),
    key: orderId,
  };
}

function brokenOrder(orderId: string): Planned['record'] {
  const record = created(orderId, {});
  return { ...record, value: bodyOf(record).replace('"quantity":1', '"quantity":-1') };
}

function confirmed(orderId: string): Planned['record'] {
  const payload = {
    order_id: orderId,
    customer_id: 'customer',
    currency: 'EUR',
    amount_total: 450,
    item_count: 1,
  };
  return {
    ...recordOf('orders', orderId, newEvent(orderConfirmed, payload, { source: SOURCE })),
    key: orderId,
  };
}

function bodyOf(record: OutgoingRecord): string {
  return record.value as string;
}
