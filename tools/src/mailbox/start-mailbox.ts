import { join } from 'node:path';
import { createCatcherServer, listen, servePage } from '../catchers/catcher-server.ts';
import { Changes } from '../catchers/changes.ts';
import { RecordLog } from '../catchers/record-log.ts';
import { registerMailboxApi } from './mailbox-api.ts';
import { closeSmtp, createSmtpReceiver, listenSmtp } from './smtp-receiver.ts';

export interface MailboxOptions {
  /** 0 takes any free one. */
  readonly smtpPort: number;
  /** 0 takes any free one. */
  readonly httpPort: number;
  /** Mails are kept here, in `messages.log`, and are there again after a restart. */
  readonly dataDir: string;
  readonly host?: string;
}

export interface RunningMailbox {
  readonly smtpPort: number;
  readonly httpPort: number;
  /** The page. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts the local mailbox: SMTP in; a page, JSON and server-sent events out.
 * @throws PlatformError (`port-taken`, `not-ours`), or what the data directory refused with
 */
export async function startMailbox(options: MailboxOptions): Promise<RunningMailbox> {
  const host = options.host ?? '127.0.0.1';
  const opening = Promise.withResolvers<RecordLog>();
  const changes = new Changes(opening.promise);
  const announce = () => changes.announce();
  const smtp = createSmtpReceiver(opening.promise, announce);
  const http = createCatcherServer();
  registerMailboxApi(http, opening.promise, announce);
  changes.register(http);
  await servePage(http, {
    '/': 'mailbox/page/mailbox.html',
    '/mailbox.css': 'mailbox/page/mailbox.css',
    '/mailbox.js': 'mailbox/page/mailbox.js',
    '/catcher.css': 'catchers/page/catcher.css',
    '/message-list.js': 'catchers/page/message-list.js',
  });
  const stopListening = () => Promise.all([closeSmtp(smtp), http.close()]);
  try {
    // The ports first: who has them may write the file, and a second mailbox must not touch it.
    const smtpPort = await listenSmtp(smtp, {
      title: 'the mailbox (SMTP)',
      option: '--smtp-port',
      host,
      port: options.smtpPort,
    });
    const httpPort = await listen(http, {
      title: "the mailbox's page",
      option: '--http-port',
      host,
      port: options.httpPort,
    });
    const log = await RecordLog.open(join(options.dataDir, 'messages.log'));
    opening.resolve(log);
    const stop = async () => {
      await stopListening();
      await log.close();
    };
    return { smtpPort, httpPort, url: `http://${host}:${httpPort}/`, stop };
  } catch (error) {
    opening.promise.catch(() => undefined);
    opening.reject(error);
    await stopListening();
    throw error;
  }
}
