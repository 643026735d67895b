import { freePort } from '@orderstream/testing';
import { composeMail } from '../../src/email/compose-mail.ts';
import { SmtpGateway } from '../../src/email/smtp-gateway.ts';
import type { Outcome } from '../../src/sending/outcome.ts';
import { ScriptedSmtpServer, type Misdeed, type Step } from '../support/scripted-smtp-server.ts';

/** Longer than a busy machine holds anything up: a timer that is due runs before the answer that is already there. */
const GIVE_UP_MS = 20_000;
/** For a gateway that keeps silent, where the time passes. */
const SHORT_MS = 700;

describe.each([{ pipelining: true }, { pipelining: false }])(
  'a gateway, pipelining: $pipelining',
  ({ pipelining }) => {
    const server = new ScriptedSmtpServer();
    let gateway: SmtpGateway;

    beforeAll(async () => {
      server.pipelining = pipelining;
      await server.start();
    });
    afterAll(() => server.stop());
    beforeEach(() => {
      server.mails.length = 0;
      gateway = gatewayAt(server.url);
    });
    afterEach(() => gateway.close());

    it('takes the mail: sent, once, to the one address', async () => {
      server.script = () => undefined;
      expect(await send(gateway)).toEqual({ kind: 'sent' });
      expect(server.mails).toMatchObject([{ to: ['ada@example.com'], messageId: '<1.email@shop.example>' }]);
    });

    const drop: Misdeed = 'drop';
    const hang: Misdeed = 'hang';
    const say = (line: string): Misdeed => ({ say: line });

    it.each<[Step, Misdeed, Outcome]>([
      ['greeting', drop, { kind: 'unavailable', reason: { code: 'gateway-unreachable' } }],
      ['greeting', hang, { kind: 'unavailable', reason: { code: 'gateway-timeout' } }],
      [
        'greeting',
        say('554 no'),
        { kind: 'unavailable', reason: { code: 'gateway-refused', status: '554' } },
      ],
      [
        'greeting',
        say('421 busy'),
        { kind: 'unavailable', reason: { code: 'gateway-unreachable', status: '421' } },
      ],
      ['EHLO', drop, { kind: 'unavailable', reason: { code: 'gateway-unreachable' } }],
      ['EHLO', hang, { kind: 'unavailable', reason: { code: 'gateway-timeout' } }],
      ['MAIL', drop, { kind: 'unavailable', reason: { code: 'gateway-unreachable' } }],
      ['MAIL', hang, { kind: 'unavailable', reason: { code: 'gateway-timeout' } }],
      [
        'MAIL',
        say('451 4.3.0 x'),
        { kind: 'unavailable', reason: { code: 'gateway-refused', status: '451 4.3.0' } },
      ],
      [
        'MAIL',
        say('550 5.7.1 x'),
        { kind: 'unavailable', reason: { code: 'gateway-refused', status: '550 5.7.1' } },
      ],
      [
        'MAIL',
        say('421 4.3.2 x'),
        { kind: 'unavailable', reason: { code: 'gateway-unreachable', status: '421 4.3.2' } },
      ],
      ['RCPT', drop, { kind: 'unavailable', reason: { code: 'gateway-unreachable' } }],
      ['RCPT', hang, { kind: 'unavailable', reason: { code: 'gateway-timeout' } }],
      [
        'RCPT',
        say('450 4.2.0 x'),
        { kind: 'deferred', reason: { code: 'recipient-refused', status: '450 4.2.0' } },
      ],
      [
        'RCPT',
        say('550 5.1.1 x'),
        { kind: 'refused', reason: { code: 'recipient-refused', status: '550 5.1.1' } },
      ],
      [
        'RCPT',
        say('554 5.7.1 <ada@example.com>: Relay access denied'),
        {
          kind: 'deferred',
          reason: { code: 'recipient-refused', status: '554 5.7.1' },
          gateway: 'unclear',
        },
      ],
      [
        'RCPT',
        say('553-5.7.1 Sender address rejected:\r\n553 5.7.1 not owned by user'),
        {
          kind: 'deferred',
          reason: { code: 'recipient-refused', status: '553 5.7.1' },
          gateway: 'unclear',
        },
      ],
      ['RCPT', say('554 no'), { kind: 'refused', reason: { code: 'recipient-refused', status: '554' } }],
      [
        'RCPT',
        say('421 4.7.0 x'),
        { kind: 'unavailable', reason: { code: 'gateway-unreachable', status: '421 4.7.0' } },
      ],
      [
        'RCPT',
        say('530 5.7.0 x'),
        { kind: 'unavailable', reason: { code: 'gateway-refused', status: '530 5.7.0' } },
      ],
      ['DATA', drop, { kind: 'unavailable', reason: { code: 'gateway-unreachable' } }],
      ['DATA', hang, { kind: 'unavailable', reason: { code: 'gateway-timeout' } }],
      [
        'DATA',
        say('452 4.3.1 x'),
        { kind: 'deferred', reason: { code: 'message-refused', status: '452 4.3.1' } },
      ],
      [
        'DATA',
        say('554 5.6.0 x'),
        { kind: 'refused', reason: { code: 'message-refused', status: '554 5.6.0' } },
      ],
      [
        'DATA',
        say('554 5.7.1 x'),
        { kind: 'refused', reason: { code: 'message-refused', status: '554 5.7.1' } },
      ],
      [
        'DATA',
        say('421 4.3.0 x'),
        { kind: 'unavailable', reason: { code: 'gateway-unreachable', status: '421 4.3.0' } },
      ],
      ['message', drop, { kind: 'unknown', reason: { code: 'answer-lost' } }],
      ['message', hang, { kind: 'unknown', reason: { code: 'answer-timeout' } }],
      [
        'message',
        say('451 4.7.1 x'),
        { kind: 'deferred', reason: { code: 'message-refused', status: '451 4.7.1' } },
      ],
      [
        'message',
        say('554 5.7.1 x'),
        { kind: 'refused', reason: { code: 'message-refused', status: '554 5.7.1' } },
      ],
      [
        'message',
        say('421 4.3.2 x'),
        { kind: 'unknown', reason: { code: 'answer-lost', status: '421 4.3.2' } },
      ],
      ['message', say('what?'), { kind: 'unknown', reason: { code: 'answer-lost' } }],
    ])('at %s: %j: %j', async (step, misdeed, expected) => {
      server.script = (moment) => (moment.step === step ? misdeed : undefined);
      const mayHaveGoneOut = expected.kind === 'unknown';
      // Silence comes to the same at every step but the last, which the mail must reach in time.
      if (misdeed === hang) gateway = gatewayAt(server.url, mayHaveGoneOut ? 4 * SHORT_MS : SHORT_MS);
      expect(await send(gateway)).toEqual(expected);
      expect(server.mails).toHaveLength(mayHaveGoneOut ? 1 : 0);
    });

    it('breaks off a connection that served before, ahead of the message: surely not sent, and the next mail goes out', async () => {
      server.script = () => undefined;
      await send(gateway);
      server.script = ({ step }) => (step === 'MAIL' ? 'drop' : undefined);
      expect(await send(gateway)).toMatchObject({ kind: 'unavailable' });
      server.script = () => undefined;
      expect(await send(gateway)).toEqual({ kind: 'sent' });
      expect(server.mails).toHaveLength(2);
    });

    it('breaks off a connection that served before, after the message: unknown, and it is not handed over again', async () => {
      server.script = () => undefined;
      await send(gateway);
      server.script = ({ step }) => (step === 'message' ? 'drop' : undefined);
      expect(await send(gateway)).toMatchObject({ kind: 'unknown' });
      expect(server.mails).toHaveLength(2);
    });
  },
);

describe('a gateway that reads a part of a long message', () => {
  const server = new ScriptedSmtpServer();
  beforeAll(() => server.start());
  afterAll(() => server.stop());

  it.each<[Misdeed, Outcome]>([
    ['drop', { kind: 'unavailable', reason: { code: 'gateway-unreachable' } }],
    ['hang', { kind: 'unavailable', reason: { code: 'gateway-timeout' } }],
    [{ say: '421 4.3.2 x' }, { kind: 'unavailable', reason: { code: 'gateway-unreachable' } }],
    [{ say: '552 5.3.4 x' }, { kind: 'refused', reason: { code: 'message-refused', status: '552 5.3.4' } }],
  ])('and then: %j: not in doubt, because its end was never sent', async (misdeed, expected) => {
    server.script = ({ step }) => (step === 'body' ? misdeed : undefined);
    const gateway = gatewayAt(server.url, misdeed === 'hang' ? 3_000 : GIVE_UP_MS);
    const text = 'All work and no play makes Jack a dull boy.\n'.repeat(500_000);
    expect(await send(gateway, { text })).toMatchObject(expected);
    expect(server.mails).toEqual([]);
    gateway.close();
  });
});

describe('a sender that gives up', () => {
  const server = new ScriptedSmtpServer();
  beforeAll(() => server.start());
  afterAll(() => server.stop());

  it.each<[Step, Outcome['kind']]>([
    ['greeting', 'unavailable'],
    ['RCPT', 'unavailable'],
    ['DATA', 'unavailable'],
    ['message', 'unknown'],
  ])('while the gateway is silent at %s: %s', async (silentAt, kind) => {
    server.mails.length = 0;
    const abort = new AbortController();
    server.script = ({ step }) => {
      if (step !== silentAt) return undefined;
      setImmediate(() => abort.abort());
      return 'hang';
    };
    // Longer than the test waits: nothing but the abort ends it.
    const gateway = gatewayAt(server.url, 60_000);
    expect(await send(gateway, { signal: abort.signal })).toMatchObject({ kind });
    expect(server.mails).toHaveLength(kind === 'unknown' ? 1 : 0);
    gateway.close();
  });
});

describe('the way to the gateway', () => {
  it('is closed (connection refused): surely not sent', async () => {
    const gateway = gatewayAt(`smtp://127.0.0.1:${await freePort()}`);
    expect(await send(gateway)).toEqual({
      kind: 'unavailable',
      reason: { code: 'gateway-unreachable', status: 'ECONNREFUSED' },
    });
    gateway.close();
  });

  it('has no such name: surely not sent', async () => {
    const gateway = gatewayAt('smtp://gateway.invalid:25', SHORT_MS);
    expect(await send(gateway)).toMatchObject({ kind: 'unavailable' });
    gateway.close();
  });

  it('asks for a login that we do not have: surely not sent', async () => {
    const server = await new ScriptedSmtpServer().start();
    const gateway = gatewayAt(
      server.url.replace('smtp://', 'smtp://somebody:secret@').concat('?forceAuth=true'),
    );
    expect(await send(gateway)).toEqual({
      kind: 'unavailable',
      reason: { code: 'gateway-refused', status: '502 5.5.1' },
    });
    gateway.close();
    await server.stop();
  });
});

describe('an odd address', () => {
  const server = new ScriptedSmtpServer();
  beforeAll(() => server.start());
  afterAll(() => server.stop());

  it.each(['user+tag@example.com', "o'neil@example.com", 'jürgen@example.com'])(
    '%s: is the only recipient, unchanged',
    async (to) => {
      server.mails.length = 0;
      const gateway = gatewayAt(server.url);
      expect(await send(gateway, { to })).toEqual({ kind: 'sent' });
      expect(server.mails.map((mail) => mail.to)).toEqual([[Buffer.from(to).toString('latin1')]]);
      gateway.close();
    },
  );

  it('that would start a line of its own: is one recipient all the same', async () => {
    server.mails.length = 0;
    const gateway = gatewayAt(server.url);
    await send(gateway, { to: 'a@example.com>\r\nRCPT TO:<b@example.com' });
    expect(server.mails.map(({ to }) => to.length)).toEqual([1]);
    gateway.close();
  });
});

function gatewayAt(url: string, giveUpMs = GIVE_UP_MS): SmtpGateway {
  return new SmtpGateway({ url, connections: 1, connectTimeoutMs: giveUpMs, answerTimeoutMs: giveUpMs });
}

function send(
  gateway: SmtpGateway,
  { to = 'ada@example.com', text = 'Hello', signal = new AbortController().signal } = {},
): Promise<Outcome> {
  const from = 'Shop <orders@shop.example>';
  const messageId = '<1.email@shop.example>';
  const content = composeMail({ from, to, messageId, subject: 'Hello', text, html: '<p>Hello</p>' });
  return gateway.send({ from, to, content }, signal);
}
