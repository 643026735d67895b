import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { smsOutcome } from '../../src/sms/sms-outcome.rules.ts';
import { TwilioClient } from '../../src/sms/twilio-client.ts';

/** What a message comes to at a gateway that `answer`s connections so. Only for one that keeps silent is the time to pass. */
async function outcomeAt(server: ReturnType<typeof createServer>, giveUpMs = 20_000) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new TwilioClient({
    url,
    accountSid: 'AC0',
    authToken: 'x',
    connections: 1,
    answerTimeoutMs: giveUpMs,
  });
  try {
    const form = new URLSearchParams({ To: '+491701234567', Body: 'x' });
    return smsOutcome(await client.create(form, AbortSignal.timeout(giveUpMs)), Date.now());
  } finally {
    client.close();
    server.close();
  }
}

describe('an SMS gateway by HTTPS', () => {
  it('does not speak TLS: surely not sent', async () => {
    const server = createServer((socket) =>
      socket.on('error', () => undefined).end('HTTP/1.1 400 no\r\n\r\n'),
    );
    expect(await outcomeAt(server)).toMatchObject({
      kind: 'unavailable',
      reason: { code: 'gateway-unreachable' },
    });
  });

  it('breaks off, or keeps silent, while TLS is agreed on: surely not sent', async () => {
    const broken = createServer((socket) =>
      socket.on('error', () => undefined).once('data', () => socket.destroy()),
    );
    expect(await outcomeAt(broken)).toMatchObject({ kind: 'unavailable' });
    const silent = createServer((socket) => socket.on('error', () => undefined));
    expect(await outcomeAt(silent, 1_000)).toMatchObject({
      kind: 'unavailable',
      reason: { code: 'gateway-timeout' },
    });
  });

  it('has no certificate: surely not sent', async () => {
    const server = createTlsServer();
    server.on('tlsClientError', () => undefined);
    expect(await outcomeAt(server)).toMatchObject({ kind: 'unavailable' });
  });
});
