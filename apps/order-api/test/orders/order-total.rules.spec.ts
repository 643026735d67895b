import { amountTotal } from '../../src/orders/order-total.rules.ts';

const MAX = Number.MAX_SAFE_INTEGER;

describe('amountTotal', () => {
  it('several items: the sum of quantity times unit amount', () => {
    expect(
      amountTotal([
        { quantity: 2, unit_amount: 450 },
        { quantity: 3, unit_amount: 1 },
        { quantity: 7, unit_amount: 0 },
      ]),
    ).toBe(903);
  });

  it('exactly the largest safe integer: exact', () => {
    expect(
      amountTotal([
        { quantity: 9_007, unit_amount: 1_000_000_000_000 },
        { quantity: 1, unit_amount: 199_254_740_991 },
      ]),
    ).toBe(MAX);
  });

  it('one more than that: no total', () => {
    expect(
      amountTotal([
        { quantity: 9_007, unit_amount: 1_000_000_000_000 },
        { quantity: 1, unit_amount: 199_254_740_992 },
      ]),
    ).toBeUndefined();
  });

  it('one item too large for a double to hold exactly: no total', () => {
    expect(amountTotal([{ quantity: 10_000, unit_amount: 999_999_999_999 }])).toBeUndefined();
  });

  it('a hundred of the largest items: no total', () => {
    expect(
      amountTotal(Array(100).fill({ quantity: 10_000, unit_amount: 1_000_000_000_000 })),
    ).toBeUndefined();
  });
});
