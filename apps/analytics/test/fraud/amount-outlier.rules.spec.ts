import { amountOutlier, type OrderInHistory } from '../../src/fraud/amount-outlier.rules.ts';

const limit = { factor: 10, orders: 5 };
const order = (amount: number, earlier: readonly number[]): OrderInHistory => ({
  order_id: 'o-1',
  customer_id: 'ada',
  currency: 'EUR',
  amount,
  at_ms: Date.UTC(2026, 5, 13),
  earlier,
});

describe('an amount outside of what its customer usually orders', () => {
  it('over ten times the median of five: suspicious, with what it was compared with', () => {
    expect(amountOutlier(order(2_001, [100, 200, 200, 300, 9_000]), limit)).toEqual({
      subject_type: 'customer',
      subject_id: 'ada',
      rule: 'amount_outlier',
      score: 0.5,
      window: { start: '2026-06-13T00:00:00.000Z', end: '2026-06-13T00:00:00.000Z' },
      evidence: { order_id: 'o-1', amount: 2_001, median: 200, currency: 'EUR', earlier_orders: 5 },
    });
  });

  it('exactly ten times: not', () => {
    expect(amountOutlier(order(2_000, [100, 200, 200, 300, 9_000]), limit)).toBeUndefined();
  });

  it('only four known: not, however much it is', () => {
    expect(amountOutlier(order(10 ** 9, [1, 1, 1, 1]), limit)).toBeUndefined();
  });

  it('an even number of them: the mean of the middle two', () => {
    const earlier = [1, 100, 201, 200, 5, 900];
    expect(amountOutlier(order(1_501, earlier), limit)?.evidence).toMatchObject({ median: 150 });
    expect(amountOutlier(order(1_500, earlier), limit)).toBeUndefined();
  });

  it.each([
    [2_500, 0.6],
    [10_000, 0.9],
    [10 ** 12, 1],
  ])('%d where 2000 is the limit: score %d', (amount, score) => {
    expect(amountOutlier(order(amount, [200, 200, 200, 200, 200]), limit)?.score).toBe(score);
  });
});
