import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mail } from '../src/mailbox/read-mail.ts';

export interface MailList {
  readonly total: number;
  readonly messages: Mail[];
}

/** A directory that is gone after the test. */
export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'orderstream-catcher-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${url}: ${await response.text()}`);
  return (await response.json()) as T;
}

export function listMails(base: string, query: Record<string, string> = {}): Promise<MailList> {
  return getJson<MailList>(`${base}api/v1/messages?${new URLSearchParams(query).toString()}`);
}

/** Once greeted, sends these bytes as they are, in one go (pipelined); returns all that the server says until it or we hang up. */
export function speakSmtp(port: number, parts: (string | Buffer)[], hangUpAfter = /never^/): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(30_000, () => socket.destroy(new Error(`the server hung after: ${said}`)));
    socket.once('data', () => socket.write(Buffer.concat(parts.map((part) => Buffer.from(part)))));
    socket.on('data', (chunk) => {
      said += chunk.toString();
      if (hangUpAfter.test(said)) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(said));
  });
}

/** One mail of exactly these bytes, from EHLO to QUIT. `body` must end with CRLF and have its dots stuffed. */
export function sendRaw(port: number, to: string, body: string | Buffer): Promise<string> {
  const before = `EHLO test\r\nMAIL FROM:<sender@example.com> BODY=8BITMIME\r\nRCPT TO:<${to}>\r\nDATA\r\n`;
  return speakSmtp(port, [before, body, '.\r\nQUIT\r\n']);
}
