import { factsOf, requireSameOrder } from '../../src/orders/order-fact.rules.ts';
import { TestOrder } from '../support/order-events.ts';

const [FIRST, SECOND, THIRD] = [
  '2026-06-13T10:00:00.000Z',
  '2026-06-13T10:00:01.000Z',
  '2026-06-13T10:00:02.000Z',
];

describe('facts out of events', () => {
  it('several events of several orders: one fact each, in the order of first mention', () => {
    const [one, other] = [new TestOrder(), new TestOrder({ currency: 'JPY' })];
    const facts = factsOf([one.created(FIRST), other.created(SECOND), one.confirmed(THIRD)]);
    expect(facts).toEqual([
      expect.objectContaining({ order_id: one.id, created_at: FIRST, confirmed_at: THIRD, paid_at: null }),
      expect.objectContaining({
        order_id: other.id,
        created_at: SECOND,
        confirmed_at: null,
        currency: 'JPY',
      }),
    ]);
  });

  it('the same step twice: the first one counts', () => {
    const order = new TestOrder();
    expect(factsOf([order.confirmed(FIRST), order.confirmed(SECOND)])).toEqual([
      expect.objectContaining({ confirmed_at: FIRST }),
    ]);
  });

  it('a later event comes first: the fact has its content, and the items once order.created brings them', () => {
    const order = new TestOrder();
    const [alone] = factsOf([order.confirmed(SECOND)]);
    expect(alone).toMatchObject({ item_count: 2, amount_total: order.amount, items: [], created_at: null });
    const [both] = factsOf([order.confirmed(SECOND), order.created(FIRST)]);
    expect(both).toMatchObject({ item_count: 2, created_at: FIRST, confirmed_at: SECOND });
    expect(both?.items).toHaveLength(2);
  });

  it('members this version does not know: never taken for content', () => {
    const order = new TestOrder();
    const confirmed = order.confirmed(FIRST);
    const newer = { ...confirmed, payload: { ...confirmed.payload, items: [{ sku: 'other' }] } };
    expect(factsOf([newer])).toEqual([expect.objectContaining({ item_count: 2, items: [] })]);
  });

  it('no events: no facts', () => expect(factsOf([])).toEqual([]));

  it.each([
    ['customer', { customer_id: 'grace' }],
    ['currency', { currency: 'USD' }],
    ['items', { items: [{ sku: 'cup', quantity: 1, unit_amount: 2800 }] }],
  ])('two order.created under one id that differ in %s: a conflict', (_what, difference) => {
    const order = new TestOrder();
    const other = new TestOrder({ order_id: order.id, ...difference });
    expect(() => factsOf([order.created(), other.created()])).toThrow(
      expect.objectContaining({ code: 'conflict' }) as Error,
    );
  });

  it('the items of an order are not known: what is known decides', () => {
    const [told] = factsOf([new TestOrder().created()]);
    const [known] = factsOf([new TestOrder().confirmed()]);
    if (told === undefined || known === undefined) throw new Error('no facts');
    expect(() => requireSameOrder(known, told, () => undefined)).not.toThrow();
    expect(() => requireSameOrder({ ...known, amount_total: 1 }, told, () => undefined)).toThrow();
  });
});
