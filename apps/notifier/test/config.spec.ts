import { ConfigurationError } from '@orderstream/service';
import { readConfig } from '../src/config.ts';

describe('the configuration', () => {
  it('an empty environment: the local platform', () => {
    expect(readConfig({})).toMatchObject({
      http: { port: 3003 },
      mailDomain: 'orderstream.example',
      email: {
        smtpUrl: 'smtp://127.0.0.1:11025',
        connections: 10,
        connectTimeoutMs: 10_000,
        sendTimeoutMs: 60_000,
        retry: { firstDelayMs: 30_000, maxDelayMs: 3_600_000, giveUpAfterMs: 432_000_000 },
      },
    });
  });

  it.each([
    ['orders@shop.example', 'shop.example'],
    ['Shop, Ltd. <orders@mail.shop.example>', 'mail.shop.example'],
  ])('MAIL_FROM %s: Message-IDs end in its domain', (MAIL_FROM, domain) => {
    expect(readConfig({ MAIL_FROM }).mailDomain).toBe(domain);
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
});
