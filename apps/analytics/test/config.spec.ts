import { readConfig } from '../src/config.ts';

describe('configuration', () => {
  it('an empty environment: the local platform, days of UTC', () => {
    expect(readConfig({})).toMatchObject({
      http: { port: 3001, host: '127.0.0.1' },
      database: { url: 'postgres://orderstream:orderstream@127.0.0.1:15432/analytics' },
      concurrency: 3,
      dashboard: { timeZone: 'UTC', orderApiUrl: 'http://127.0.0.1:3000' },
    });
  });

  it('a slash at the end of the address: not doubled on the page', () => {
    expect(readConfig({ ORDER_API_URL: 'https://orders.example/' }).dashboard.orderApiUrl).toBe(
      'https://orders.example',
    );
  });

  it.each(['Berlin', '+02:00', 'Europe/Nowhere'])('%s as time zone: refused by name', (zone) => {
    expect(() => readConfig({ DASHBOARD_TIME_ZONE: zone })).toThrow(
      /DASHBOARD_TIME_ZONE: expected an IANA time zone/,
    );
  });

  it('an address that is none: refused by name', () => {
    expect(() => readConfig({ ORDER_API_URL: 'localhost:3000' })).toThrow(/ORDER_API_URL: expected http:/);
  });

  it.each(['soon', '60,60', 'worker=60'])('%s as allowed lag: refused by name', (text) => {
    expect(() => readConfig({ LAG_ALERT_SECONDS: text })).toThrow(/LAG_ALERT_SECONDS: expected seconds/);
  });
});
