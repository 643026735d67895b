import { readConfig } from '../../src/config.ts';

describe('the configuration of the fraud rules', () => {
  it('an empty environment: the limits of the contract', () => {
    expect(readConfig({}).fraud).toEqual({
      bursts: {
        // More than 10 orders.
        order_velocity: { count: 11, windowMs: 60_000 },
        failed_payments: { count: 3, windowMs: 600_000 },
        shared_contact: { count: 5, windowMs: 86_400_000 },
      },
      outlier: { factor: 10, orders: 5 },
      retentionMs: 90 * 86_400_000,
    });
  });

  it('what makes no sense: refused by name', () => {
    const wrong = {
      FRAUD_ORDER_VELOCITY_ORDERS: '0',
      FRAUD_SHARED_CONTACT_WINDOW: '30d',
      FRAUD_RETENTION: '1d',
    };
    for (const [name, value] of Object.entries(wrong)) {
      expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`${name}: expected`));
    }
  });
});
