import { InvalidArgumentError, type Command } from 'commander';
import { join, resolve } from 'node:path';
import { startMailbox } from '../mailbox/start-mailbox.ts';
import { orderstreamDir } from '../platform/index.ts';
import { startSmsCatcher } from '../sms/start-sms-catcher.ts';

interface MailboxFlags {
  readonly smtpPort: number;
  readonly httpPort: number;
  readonly dataDir: string;
  readonly host: string;
}

interface SmsFlags {
  readonly port: number;
  readonly dataDir: string;
  readonly host: string;
}

/** `orderstream mailbox` and `orderstream sms`: either catcher alone, until Ctrl-C. `npm start` starts both by itself. */
export function registerCatchers(program: Command): void {
  program
    .command('mailbox')
    .description('Catch every mail sent by SMTP, and show it: page, JSON API. Runs until Ctrl-C.')
    .option('--smtp-port <port>', 'where mails are taken', parsePort, 11025)
    .option('--http-port <port>', 'where the page and GET /api/v1/messages answer', parsePort, 18025)
    .option('--data-dir <directory>', 'where local data lives; mails are in its mailbox/', orderstreamDir)
    .option('--host <address>', 'what to listen on', '127.0.0.1')
    .action(mailbox);

  program
    .command('sms')
    .description(
      'Catch every SMS sent through the API of Twilio, and show it: page, JSON API. Runs until Ctrl-C.',
    )
    .option('--port <port>', 'where the API and the page answer', parsePort, 18026)
    .option('--data-dir <directory>', 'where local data lives; messages are in its sms/', orderstreamDir)
    .option('--host <address>', 'what to listen on', '127.0.0.1')
    .action(sms);
}

async function mailbox(flags: MailboxFlags): Promise<void> {
  const running = await startMailbox({ ...flags, dataDir: join(resolve(flags.dataDir), 'mailbox') });
  await untilStopped(running, `Mailbox: ${running.url} (SMTP on ${flags.host}:${running.smtpPort})`);
}

async function sms(flags: SmsFlags): Promise<void> {
  const running = await startSmsCatcher({ ...flags, dataDir: join(resolve(flags.dataDir), 'sms') });
  await untilStopped(running, `SMS catcher: ${running.url}`);
}

async function untilStopped(running: { stop(): Promise<void> }, announcement: string): Promise<void> {
  console.error(announcement);
  await new Promise((stopped) => process.once('SIGINT', stopped).once('SIGTERM', stopped));
  await running.stop();
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a whole number from 0 (any free port) to 65535.');
}
