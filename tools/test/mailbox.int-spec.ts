import { jest } from '@jest/globals';
import { createTransport, type Transporter } from 'nodemailer';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import type { Mail } from '../src/mailbox/read-mail.ts';
import { startMailbox, type RunningMailbox } from '../src/mailbox/start-mailbox.ts';
import { getJson, listMails, sendRaw, speakSmtp, temporaryDirectory } from './mailbox-client.ts';

// Thousands of mails by one process that is client and server, on a machine that has other work too.
jest.setTimeout(60_000);

let data: Awaited<ReturnType<typeof temporaryDirectory>>;
let mailbox: RunningMailbox;
let transport: Transporter;

beforeEach(async () => {
  data = await temporaryDirectory();
  await start();
});

afterEach(async () => {
  transport.close();
  await mailbox.stop();
  await data.remove();
});

async function start(): Promise<void> {
  mailbox = await startMailbox({ smtpPort: 0, httpPort: 0, dataDir: data.path });
  transport = createTransport({ host: '127.0.0.1', port: mailbox.smtpPort, pool: true, maxConnections: 5 });
}

async function restart(): Promise<void> {
  transport.close();
  await mailbox.stop();
  await start();
}

const mail = { from: 'Orderstream <orders@shop.example>', subject: 'Your order', text: 'Thank you.' };

describe('a mail', () => {
  it('sent with every part: the API gives each of them', async () => {
    await transport.sendMail({
      ...mail,
      to: 'Ann <Ann@example.com>',
      bcc: 'audit@shop.example',
      subject: 'Ihre Bestellung 🎉',
      html: '<p>Danke</p>',
      messageId: '<order-1.email@shop.example>',
      headers: { 'X-Event-Id': '0190', 'X-Twice': ['a', 'b'] },
      attachments: [{ filename: 'Rechnung ü.txt', content: 'paid' }],
    });
    const { total, messages } = await listMails(mailbox.url, { to: 'ann@EXAMPLE.com' });
    expect(total).toBe(1);
    const [caught] = messages as [Mail];
    expect(caught).toMatchObject({
      message_id: '<order-1.email@shop.example>',
      to: ['Ann@example.com', 'audit@shop.example'],
      from: 'orders@shop.example',
      from_name: 'Orderstream',
      subject: 'Ihre Bestellung 🎉',
      text: 'Thank you.\n',
      html: '<p>Danke</p>\n',
      attachments: [{ index: 0, filename: 'Rechnung ü.txt', mime_type: 'text/plain', size_bytes: 4 }],
    });
    expect(caught.headers).toMatchObject({
      'x-event-id': '0190',
      'x-twice': ['a', 'b'],
      subject: caught.subject,
    });
    expect(Math.abs(Date.parse(caught.received_at) - Date.now())).toBeLessThan(60_000);
    expect(await getJson(`${mailbox.url}api/v1/messages/${caught.id}`)).toEqual(caught);
    expect(await getJson(`${mailbox.url}api/v1/messages/${encodeURIComponent(caught.message_id!)}`)).toEqual(
      caught,
    );
    expect(await getJson(`${mailbox.url}api/v1/messages/order-1.email@shop.example`)).toEqual(caught);
    const attachment = await fetch(`${mailbox.url}api/v1/messages/${caught.id}/attachments/0`);
    expect(await attachment.text()).toBe('paid');
    expect(attachment.headers.get('content-disposition')).toBe(
      "attachment; filename*=UTF-8''Rechnung%20%C3%BC.txt",
    );
  });

  it('sent with a login: any is taken', async () => {
    const auth = { user: 'anybody', pass: 'anything' };
    for (const method of ['PLAIN', 'LOGIN']) {
      const client = createTransport({ host: '127.0.0.1', port: mailbox.smtpPort, auth, authMethod: method });
      await client.sendMail({ ...mail, to: `${method}@example.com` });
    }
    expect((await listMails(mailbox.url)).total).toBe(2);
  });

  it('sent by pipelining, several in one connection: each is caught once', async () => {
    const one = (name: string) =>
      `MAIL FROM:<>\r\nRCPT TO:<${name}@example.com>\r\nDATA\r\nSubject: ${name}\r\n\r\n..dots\r\n.\r\n`;
    const said = await speakSmtp(mailbox.smtpPort, ['EHLO me\r\n', one('a'), one('b'), one('c'), 'QUIT\r\n']);
    expect(said).toContain('250-PIPELINING');
    expect(said.match(/250 .*caught as \d/g)).toHaveLength(3);
    const { messages } = await listMails(mailbox.url);
    expect(messages.map(({ subject, text, from }) => ({ subject, text, from }))).toEqual(
      ['c', 'b', 'a'].map((subject) => ({ subject, text: '.dots\n', from: '' })),
    );
  });

  it('over 10 MB, declared or not: 552, and nothing is kept', async () => {
    const declared = await speakSmtp(mailbox.smtpPort, [
      'EHLO me\r\nMAIL FROM:<a@b.example> SIZE=10485761\r\nQUIT\r\n',
    ]);
    expect(declared).toMatch(/^552 /m);
    const line = `${'x'.repeat(998)}\r\n`;
    expect(await sendRaw(mailbox.smtpPort, 'a@b.example', `\r\n${line.repeat(10_490)}`)).toMatch(/^552 /m);
    expect(await sendRaw(mailbox.smtpPort, 'a@b.example', `\r\n${line.repeat(10_000)}`)).toMatch(
      /caught as 1/,
    );
    expect((await listMails(mailbox.url)).total).toBe(1);
  });

  it('cut off before its end: not kept, and the mailbox goes on', async () => {
    await speakSmtp(
      mailbox.smtpPort,
      ['EHLO me\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nhalf a'],
      /^354 /m,
    );
    await transport.sendMail({ ...mail, to: 'after@example.com' });
    expect((await listMails(mailbox.url)).messages.map(({ to }) => to)).toEqual([['after@example.com']]);
  });
});

describe('recipients in a query', () => {
  it.each([
    ['ann@example.com', 'ANN@Example.COM'],
    ['ann+tag@example.com', 'ann+tag@example.com'],
    ['käthe@example.com', 'KÄTHE@example.com'],
    ['ann@münchen.example', 'ann@xn--mnchen-3ya.example'],
    ['ann@xn--mnchen-3ya.example', 'ann@münchen.example'],
  ])('%s is found as %s', async (sentTo, asked) => {
    await transport.sendMail({ ...mail, to: sentTo });
    await transport.sendMail({ ...mail, to: `x${sentTo}` });
    expect((await listMails(mailbox.url, { to: asked })).total).toBe(1);
    expect((await getJson<{ total: number }>(`${mailbox.url}api/v1/messages?to=${asked}`)).total).toBe(1);
  });

  it('search: a part of an address finds every mail that has it', async () => {
    for (const to of ['ann@a.example', 'anna@b.example', 'bob@ann.example', 'carl@c.example']) {
      await transport.sendMail({ ...mail, to });
    }
    expect((await listMails(mailbox.url, { search: 'ANN' })).total).toBe(3);
  });

  it('a page that is no page: 400 with a reason', async () => {
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'offset=-1', 'to=a&to=b']) {
      const response = await fetch(`${mailbox.url}api/v1/messages?${query}`);
      expect(response.status).toBe(400);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
    }
  });
});

describe('the mailbox', () => {
  it('takes 2,000 mails at once: each is there exactly once', async () => {
    const ids = Array.from({ length: 2000 }, (_, index) => `<${index}@shop.example>`);
    await Promise.all(
      ids.map((messageId, index) =>
        transport.sendMail({ ...mail, to: `c${index % 50}@example.com`, messageId }),
      ),
    );
    const pages = await Promise.all(
      [0, 1000].map((offset) => listMails(mailbox.url, { limit: '1000', offset: `${offset}` })),
    );
    expect(pages.map(({ total }) => total)).toEqual([2000, 2000]);
    const caught = pages.flatMap(({ messages }) => messages.map(({ message_id }) => message_id));
    expect(caught.toSorted()).toEqual(ids.toSorted());
    expect((await listMails(mailbox.url, { to: 'c7@example.com' })).total).toBe(40);
  });

  it('takes 300 connections at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        sendRaw(mailbox.smtpPort, `c${index}@example.com`, '\r\nhi\r\n'),
      ),
    );
    expect(answers.filter((said) => said.includes('caught as'))).toHaveLength(300);
    expect((await listMails(mailbox.url)).total).toBe(300);
  });

  it('restarted: every mail is still there, and new ones are numbered on', async () => {
    for (let index = 0; index < 20; index += 1)
      await transport.sendMail({ ...mail, to: `c${index}@example.com` });
    const before = await listMails(mailbox.url);
    await restart();
    expect(await listMails(mailbox.url)).toEqual(before);
    await transport.sendMail({ ...mail, to: 'new@example.com' });
    expect((await listMails(mailbox.url)).messages[0]).toMatchObject({ id: '21', to: ['new@example.com'] });
  });

  it('restarted: a mail to 1,000 long addresses is still there, and so is the one after it', async () => {
    expect(await sendTo(addresses(320))).toContain('caught as 1');
    expect(await sendTo(['ann@example.com'])).toContain('caught as 2');
    await restart();
    const { messages } = await listMails(mailbox.url);
    expect(messages.map(({ to }) => to.length)).toEqual([1, 1000]);
  });

  it('cannot read so many addresses back: 452, and it goes on', async () => {
    expect(await sendTo(addresses(600))).toContain('452 4.2.2 Not kept (HEAD_TOO_LONG)');
    expect(await sendTo(['ann@example.com'])).toContain('caught as 1');
  });

  function addresses(length: number): string[] {
    return Array.from({ length: 1000 }, (_, index) => `${index}@example.com`.padStart(length, 'x'));
  }

  /** Returns what is answered from DATA on. */
  async function sendTo(recipients: readonly string[]): Promise<string> {
    const each = recipients.map((address) => `RCPT TO:<${address}>\r\n`).join('');
    const said = await speakSmtp(mailbox.smtpPort, [
      `EHLO test\r\nMAIL FROM:<a@b.example>\r\n${each}DATA\r\n\r\nhi\r\n.\r\nQUIT\r\n`,
    ]);
    return said.slice(said.indexOf('\r\n354 '));
  }

  it('emptied: nothing is left, now and after a restart', async () => {
    await transport.sendMail({ ...mail, to: 'ann@example.com' });
    const emptied = await fetch(`${mailbox.url}api/v1/messages`, { method: 'DELETE' });
    expect(emptied.status).toBe(204);
    expect(await listMails(mailbox.url)).toEqual({ total: 0, messages: [] });
    expect((await fetch(`${mailbox.url}api/v1/messages/1`)).status).toBe(404);
    await restart();
    expect(await listMails(mailbox.url)).toEqual({ total: 0, messages: [] });
  });

  it('stops at once though clients stay connected, and a client sees it go', async () => {
    await transport.sendMail({ ...mail, to: 'ann@example.com' });
    const took: number[] = [];
    // The best of several: a busy machine may be slow at any one of them.
    for (let time = 0; time < 3; time += 1) {
      const changes = await fetch(`${mailbox.url}api/v1/changes`);
      const startedMs = performance.now();
      await mailbox.stop();
      took.push(performance.now() - startedMs);
      expect(await changes.text()).toBe('data: {"total":1}\n\n');
      await start();
    }
    expect(Math.min(...took)).toBeLessThan(3_000);
  });

  it('tells a listening page of each arrival', async () => {
    const abort = new AbortController();
    const changes = await fetch(`${mailbox.url}api/v1/changes`, { signal: abort.signal });
    const reader = changes.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe('data: {"total":0}\n\n');
    await transport.sendMail({ ...mail, to: 'ann@example.com' });
    expect((await reader.read()).value).toBe('data: {"total":1}\n\n');
    await fetch(`${mailbox.url}api/v1/messages`, { method: 'DELETE' });
    expect((await reader.read()).value).toBe('data: {"total":0}\n\n');
    abort.abort();
  });
});

describe('a start that cannot be', () => {
  let other: Server;
  let taken: number;

  beforeEach(async () => {
    other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    taken = (other.address() as AddressInfo).port;
  });

  afterEach(() => new Promise((resolve) => other.close(resolve)));

  it('a port is taken: one sentence names it, and the other port is free again', async () => {
    const { path } = data;
    const smtp = startMailbox({ smtpPort: taken, httpPort: 0, dataDir: join(path, 'other') });
    await expect(smtp).rejects.toMatchObject({
      code: 'port-taken',
      message: expect.stringContaining(
        `Port ${taken} of 127.0.0.1, where the mailbox (SMTP) should listen`,
      ) as string,
    });
    const free = mailbox.smtpPort;
    await mailbox.stop();
    const http = startMailbox({ smtpPort: free, httpPort: taken, dataDir: path });
    await expect(http).rejects.toMatchObject({ code: 'port-taken' });
    mailbox = await startMailbox({ smtpPort: free, httpPort: 0, dataDir: path });
  });

  it('the file is somebody else’s: refused, and both ports are free again', async () => {
    const dataDir = join(data.path, 'foreign');
    const { smtpPort, httpPort } = mailbox;
    await mailbox.stop();
    const again = { smtpPort, httpPort, dataDir };
    await (await startMailbox(again)).stop();
    await writeFile(join(dataDir, 'messages.log'), 'something else');
    await expect(startMailbox(again)).rejects.toMatchObject({ code: 'not-ours' });
    mailbox = await startMailbox({ ...again, dataDir: data.path });
  });
});
