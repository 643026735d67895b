import { localPorts } from '../../src/start/local-addresses.ts';
import { mailEnvironment } from '../../src/start/mail-environment.ts';

describe('where `npm start` has its mails and SMS go', () => {
  const ports = localPorts(4000);
  const local = { SMTP_URL: 'smtp://127.0.0.1:4004', SMS_GATEWAY_URL: 'http://127.0.0.1:4006' };

  it.each([{}, { SMTP_URL: '', SMS_GATEWAY_URL: '' }, local])(
    'the environment says %j: to the catchers, wherever they listen',
    (environment) => expect(mailEnvironment(ports, environment)).toEqual({ env: local, elsewhere: [] }),
  );

  it('the environment names another mail server: there, and that is known', () => {
    const environment = { SMTP_URL: 'smtp://mail.example.com:25' };
    expect(mailEnvironment(ports, environment)).toEqual({
      env: { ...local, ...environment },
      elsewhere: ['SMTP_URL'],
    });
  });
});
