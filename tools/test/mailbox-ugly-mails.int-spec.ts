import type { Mail } from '../src/mailbox/read-mail.ts';
import { startMailbox, type RunningMailbox } from '../src/mailbox/start-mailbox.ts';
import { listMails, sendRaw, temporaryDirectory } from './mailbox-client.ts';

let data: Awaited<ReturnType<typeof temporaryDirectory>>;
let mailbox: RunningMailbox;

beforeEach(async () => {
  data = await temporaryDirectory();
  mailbox = await startMailbox({ smtpPort: 0, httpPort: 0, dataDir: data.path });
});

afterEach(async () => {
  await mailbox.stop();
  await data.remove();
});

async function caught(raw: string | Buffer): Promise<Mail> {
  expect(await sendRaw(mailbox.smtpPort, 'ann@example.com', raw)).toContain('caught as');
  const { messages } = await listMails(mailbox.url);
  const { messages: summaries } = await listMails(mailbox.url, { summary: 'true' });
  expect(summaries[0]?.subject).toBe(messages[0]?.subject);
  return messages[0] as Mail;
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

describe('an ugly mail is shown as well as it can be', () => {
  it.each<[string, string | Buffer, Partial<Mail>]>([
    [
      'no header and no body',
      '',
      { subject: '', text: null, html: null, message_id: null, from: 'sender@example.com' },
    ],
    ['no header, only a body', '\r\nhello\r\n', { text: 'hello\n' }],
    ['a header without a body', 'Subject: bare\r\n', { subject: 'bare' }],
    [
      'Japanese in ISO-2022-JP',
      'Subject: =?ISO-2022-JP?B?GyRCJDMkcyRLJEEkTxsoQg==?=\r\nContent-Type: text/plain; charset=ISO-2022-JP\r\n\r\n' +
        '\x1b$B$3$s$K$A$O\x1b(B\r\n',
      { subject: 'こんにちは', text: 'こんにちは\n' },
    ],
    [
      'Russian in KOI8-R, quoted-printable',
      'Content-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=F0=D2=C9=D7=C5=D4\r\n',
      { text: 'Привет\n' },
    ],
    [
      'Latin-1 bytes, declared',
      latin1(
        'Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\n',
      ),
      { text: 'Grüße\n' },
    ],
    [
      'UTF-8 straight in the header',
      'Subject: Grüße 🎉\r\nFrom: Jörg <joerg@example.com>\r\n\r\nx\r\n',
      { subject: 'Grüße 🎉', from_name: 'Jörg', from: 'joerg@example.com' },
    ],
    [
      'an encoded word cut in the middle of a character',
      'Subject: =?UTF-8?B?8J+O?= =?UTF-8?B?iQ==?=\r\n\r\nx\r\n',
      { subject: '🎉' },
    ],
    ['an unknown charset', 'Content-Type: text/plain; charset=klingon\r\n\r\nqapla\r\n', { text: 'qapla\n' }],
    ['NUL and control characters', '\r\na\0b\x07c\r\n', { text: 'a\0b\x07c\n' }],
    [
      'a folded Message-ID',
      'Message-ID:\r\n <folded@example.com>\r\n\r\nx\r\n',
      { message_id: '<folded@example.com>' },
    ],
    [
      'broken base64',
      'Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=!!!=\r\n',
      { text: 'hello' },
    ],
    ['lines of stuffed dots', '\r\n..\r\n...\r\n..x\r\n', { text: '.\n..\n.x\n' }],
  ])('%s', async (_name, raw, expected) => {
    expect(await caught(raw)).toMatchObject(expected);
  });

  it('headers named like members of every object: they are headers', async () => {
    const { headers } = await caught('__proto__: a\r\nconstructor: b\r\ntoString: c\r\n\r\nx\r\n');
    expect(Object.entries(headers)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['tostring', 'c'],
    ]);
  });

  it('a mail too nested to parse: its source stands in for its text, and the list goes on', async () => {
    const parts = Array.from(
      { length: 300 },
      (_, depth) => `Content-Type: multipart/mixed; boundary=b${depth}\r\n\r\n--b${depth}\r\n`,
    );
    const { text } = await caught(`${parts.join('')}\r\nx\r\n`);
    expect(text).toContain('This mail cannot be read');
    expect(text).toContain('boundary=b299');
  });

  it('3 MB of headers: taken and listed', async () => {
    const { text } = await caught(`${'X-Long: abcdefghijklmnopqrstuvwxyz\r\n'.repeat(90_000)}\r\nx\r\n`);
    expect(text).toContain('This mail cannot be read');
  });
});

describe('the HTML of a mail', () => {
  it('may show pictures and styles, and is kept from everything else by its policy', async () => {
    const { id } = await caught(
      'Content-Type: text/html\r\n\r\n<script>parent.alert(1)</script><img src=x onerror=alert(2)><p>hi\r\n',
    );
    const response = await fetch(`${mailbox.url}api/v1/messages/${id}/html`);
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/; sandbox allow-popups allow-popups-to-escape-sandbox$/);
    expect(policy).not.toMatch(/script-src|allow-scripts|allow-same-origin/);
    expect(await response.text()).toContain('<p>hi');
  });

  it('has the pictures that the mail carries put in place', async () => {
    const { id } = await caught(
      'Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n' +
        '<img src="cid:logo@x"><img src="cid:missing">\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <logo@x>\r\n' +
        'Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--b--\r\n',
    );
    const html = await (await fetch(`${mailbox.url}api/v1/messages/${id}/html`)).text();
    expect(html).toContain('<img src="data:image/png;base64,iVBORw0KGgo="><img src="cid:missing">');
  });

  it('is not there: 404', async () => {
    const { id } = await caught('Subject: text only\r\n\r\nx\r\n');
    expect((await fetch(`${mailbox.url}api/v1/messages/${id}/html`)).status).toBe(404);
  });

  it('stands beside the source, which is text whatever it holds', async () => {
    const { id } = await caught('Content-Type: text/html\r\n\r\n<script>alert(1)</script>\r\n');
    const raw = await fetch(`${mailbox.url}api/v1/messages/${id}/raw`);
    expect(raw.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(raw.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await raw.text()).toBe('Content-Type: text/html\r\n\r\n<script>alert(1)</script>\r\n');
  });
});
