import { ConfigurationError } from '@orderstream/service';
import { readConfig } from '../src/config.ts';

describe('readConfig', () => {
  it('nothing set: the local platform', () => {
    expect(readConfig({})).toMatchObject({
      http: { port: 3000, host: '127.0.0.1' },
      kafka: { clientId: 'order-api', brokers: ['127.0.0.1:19092'] },
      database: { url: 'postgres://orderstream:orderstream@127.0.0.1:15432/order_api' },
      idempotency: { retentionMs: 7 * 24 * 60 * 60 * 1000, callerHeader: undefined },
    });
  });

  it('keys would be forgotten within a day: refused', () => {
    expect(() => readConfig({ IDEMPOTENCY_RETENTION: '23h' })).toThrow(ConfigurationError);
    expect(readConfig({ IDEMPOTENCY_RETENTION: '24h' }).idempotency.retentionMs).toBe(86_400_000);
  });

  it('a caller header: found whatever its case', () => {
    expect(readConfig({ IDEMPOTENCY_CALLER_HEADER: 'X-Client-Id' }).idempotency.callerHeader).toBe(
      'x-client-id',
    );
  });
});
