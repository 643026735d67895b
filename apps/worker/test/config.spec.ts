import { readConfig } from '../src/config.ts';

describe('configuration', () => {
  it('an empty environment: the local platform, a limit of 100,000,000 minor units in every currency', () => {
    expect(readConfig({})).toMatchObject({
      http: { port: 3002, host: '127.0.0.1' },
      database: { url: 'postgres://orderstream:orderstream@127.0.0.1:15432/worker' },
      kafka: { clientId: 'worker', brokers: ['127.0.0.1:19092'] },
      concurrency: 3,
      amountLimits: { default: 100_000_000, byCurrency: {} },
    });
  });

  it('limits of their own for some currencies: read beside the one of the others', () => {
    const env = { ORDER_AMOUNT_LIMIT: '5000', ORDER_AMOUNT_LIMITS: '{"JPY": 1000000, "BHD": 0}' };
    expect(readConfig(env).amountLimits).toEqual({
      default: 5_000,
      byCurrency: { JPY: 1_000_000, BHD: 0 },
    });
  });

  it.each([
    ['no JSON', 'JPY=1000000'],
    ['no object', '[1000000]'],
    ['a currency that is none', '{"YEN": 1000000}'],
    ['a currency in small letters', '{"jpy": 1000000}'],
    ['a limit below 0', '{"JPY": -1}'],
    ['a limit between two minor units', '{"JPY": 0.5}'],
    ['a limit as a text', '{"JPY": "1000000"}'],
  ])('ORDER_AMOUNT_LIMITS, %s: refused by name', (_, limits) => {
    expect(() => readConfig({ ORDER_AMOUNT_LIMITS: limits })).toThrow(
      /ORDER_AMOUNT_LIMITS.*expected a JSON object/,
    );
  });

  it.each(['-1', '1e999', '10.5', 'none', '9007199254740992'])(
    'ORDER_AMOUNT_LIMIT %s: refused by name',
    (limit) => {
      expect(() => readConfig({ ORDER_AMOUNT_LIMIT: limit })).toThrow(/ORDER_AMOUNT_LIMIT: expected/);
    },
  );

  it('several mistakes: all named', () => {
    const env = { ORDER_AMOUNT_LIMIT: 'none', ORDER_AMOUNT_LIMITS: '{}x', CONSUMER_CONCURRENCY: '0' };
    expect(() => readConfig(env)).toThrow(
      /(?=[^]*ORDER_AMOUNT_LIMIT:)(?=[^]*ORDER_AMOUNT_LIMITS)(?=[^]*CONSUMER_CONCURRENCY)/,
    );
  });
});
