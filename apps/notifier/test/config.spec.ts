import { ConfigurationError } from '@orderstream/service';
import { readConfig } from '../src/config.ts';

describe('the configuration', () => {
  it('an empty environment: the local platform', () => {
    expect(readConfig({})).toMatchObject({
      http: { port: 3003 },
      plan: { domain: 'orderstream.example', locale: 'en', operators: [] },
      email: {
        smtpUrl: 'smtp://127.0.0.1:11025',
        connections: 10,
        connectTimeoutMs: 10_000,
        sendTimeoutMs: 60_000,
        ratePerSecond: 0,
        retry: { firstDelayMs: 30_000, maxDelayMs: 3_600_000, giveUpAfterMs: 432_000_000 },
      },
      sms: { url: 'http://127.0.0.1:18026', from: 'Orderstream', maxSegments: 3 },
    });
  });

  it.each([
    ['orders@shop.example', 'shop.example'],
    ['Shop, Ltd. <orders@mail.shop.example>', 'mail.shop.example'],
  ])('MAIL_FROM %s: Message-IDs end in its domain', (MAIL_FROM, domain) => {
    expect(readConfig({ MAIL_FROM }).plan.domain).toBe(domain);
  });

  it.each(['shop', '@shop.example', 'Shop <orders@shop.example', 'a@b, c@d', ''.padEnd(2, '\n')])(
    'MAIL_FROM %j: refused',
    (MAIL_FROM) => {
      expect(() => readConfig({ MAIL_FROM })).toThrow(ConfigurationError);
    },
  );

  it('several mistakes: all named, and the password in SMTP_URL is not shown', () => {
    expect.assertions(3);
    try {
      readConfig({ SMTP_URL: 'http://user:hunter2@gateway', SMTP_SEND_TIMEOUT: '60', SMTP_CONNECTIONS: '0' });
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError);
      expect((error as ConfigurationError).variables.map(({ variable }) => variable).sort()).toEqual([
        'SMTP_CONNECTIONS',
        'SMTP_SEND_TIMEOUT',
        'SMTP_URL',
      ]);
      expect((error as Error).message).not.toContain('hunter2');
    }
  });

  it('operators: several addresses, each once in whatever case, as it is spelled first', () => {
    const { operators } = readConfig({
      OPERATOR_ADDRESSES: 'Ann@ops.example,b@ops.example,ann@OPS.example,b@ops.example',
    }).plan;
    expect(operators).toEqual(['Ann@ops.example', 'b@ops.example']);
  });

  it.each([
    ['SMS_FROM', 'a name that is too long'],
    ['SMS_FROM', '12'],
    ['SMS_GATEWAY_URL', 'https://user:pass@gateway'],
    ['SMS_GATEWAY_URL', 'https://gateway/v1'],
    ['NOTIFY_LOCALE', 'fr'],
    ['OPERATOR_ADDRESSES', 'Ops <ops@example.com>'],
  ])('%s %j: refused', (variable, value) => {
    expect(() => readConfig({ [variable]: value })).toThrow(ConfigurationError);
  });
});
