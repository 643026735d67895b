import { eventually, freePort, spawnService, type SpawnedService } from '@orderstream/testing';
import { jest } from '@jest/globals';
import { createTransport } from 'nodemailer';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { listMails, sendRaw, temporaryDirectory } from './mailbox-client.ts';

jest.setTimeout(120_000);

const entry = fileURLToPath(new URL('mailbox-process.ts', import.meta.url));
/** The sources run as they are, as they do in this test. */
const NODE_OPTIONS = '--experimental-transform-types --no-warnings --conditions=@orderstream/source';

let data: Awaited<ReturnType<typeof temporaryDirectory>>;
let env: Record<string, string>;
let smtpPort: number;
let base: string;

beforeEach(async () => {
  data = await temporaryDirectory();
  smtpPort = await freePort();
  const httpPort = await freePort();
  base = `http://127.0.0.1:${httpPort}/`;
  env = { NODE_OPTIONS, SMTP_PORT: `${smtpPort}`, HTTP_PORT: `${httpPort}`, DATA_DIR: data.path };
});

afterEach(() => data.remove());

function start(): Promise<SpawnedService> {
  return spawnService({ entry, env, readyUrl: `${base}api/v1/messages?limit=1` });
}

/** Sends until the mailbox dies. Returns the Message-IDs that got their 250, and kills it once there are `enough`. */
async function sendUntilKilled(mailbox: SpawnedService, round: number, enough: number): Promise<string[]> {
  const transport = createTransport({ host: '127.0.0.1', port: smtpPort, pool: true, maxConnections: 5 });
  const accepted: string[] = [];
  let dead = false;
  const sender = async (name: number) => {
    for (let index = 0; !dead; index += 1) {
      const messageId = `<${round}.${name}.${index}@shop.example>`;
      const text = 'x'.repeat(index % 7 === 0 ? 200_000 : 500);
      try {
        await transport.sendMail({ from: 'a@b.example', to: 'c@d.example', messageId, text });
        accepted.push(messageId);
      } catch {
        return;
      }
    }
  };
  const senders = Array.from({ length: 10 }, (_, name) => sender(name));
  await eventually(() => accepted.length >= enough, { deadlineMs: 60_000 });
  await mailbox.kill();
  dead = true;
  transport.close();
  await Promise.all(senders);
  return accepted;
}

it('killed while mails pour in: every accepted mail is there afterwards, once', async () => {
  const accepted: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    accepted.push(...(await sendUntilKilled(await start(), round, 150)));
  }
  const mailbox = await start();
  const { total, messages } = await listMails(base, { limit: '1000', summary: 'true' });
  await mailbox.stop();
  expect(total).toBeLessThanOrEqual(1000);
  const caught = messages.map(({ message_id }) => message_id);
  expect(new Set(caught).size).toBe(caught.length);
  expect(accepted.filter((id) => !caught.includes(id))).toEqual([]);
});

describe('when the disk takes no more', () => {
  let mailbox: ChildProcess;

  beforeEach(async () => {
    // A file may have 1,024 blocks of 1,024 bytes here: writing on fails half way through a record, as on a full disk.
    const { PATH = '', HOME = '' } = process.env;
    const command = `ulimit -f 1024 && exec "${process.execPath}" "${entry}"`;
    mailbox = spawn('bash', ['-c', command], { env: { PATH, HOME, ...env }, stdio: 'inherit' });
    await eventually(() => listMails(base), { deadlineMs: 30_000 });
  });

  afterEach(async () => {
    if (mailbox.exitCode !== null || mailbox.signalCode !== null) return;
    mailbox.kill('SIGKILL');
    await once(mailbox, 'exit');
  });

  it('refuses with 452, keeps what it accepted, and takes mails again once it is emptied', async () => {
    const body = `\r\n${'x'.repeat(400_000)}\r\n`;
    const answers = [];
    for (let index = 0; index < 4; index += 1) answers.push(await sendRaw(smtpPort, 'ann@example.com', body));
    expect(answers.map((said) => /^(250 .*caught as \d|452 .*)\r$/m.exec(said)?.[1])).toEqual([
      expect.stringContaining('caught as 1'),
      expect.stringContaining('caught as 2'),
      expect.stringContaining('Not kept (EFBIG), try again later'),
      expect.stringContaining('Not kept (EFBIG), try again later'),
    ]);
    expect(await sendRaw(smtpPort, 'ann@example.com', '\r\nsmall\r\n')).toContain('caught as 3');
    const { messages } = await listMails(base);
    expect(messages.map(({ text }) => text?.length)).toEqual([6, 400_001, 400_001]);
    await fetch(`${base}api/v1/messages`, { method: 'DELETE' });
    expect(await sendRaw(smtpPort, 'ann@example.com', body)).toContain('caught as 4');
  });
});
