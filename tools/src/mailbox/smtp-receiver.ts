import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { explainListenError, type ListenAt } from '../catchers/port-taken.ts';
import type { RecordLog } from '../catchers/record-log.ts';
import { messageIdKey, recipientKey } from './mail-keys.ts';
import type { MailMeta } from './read-mail.ts';

const MAX_MAIL_BYTES = 10 * 1024 * 1024;
/** RFC 5321 §4.5.3.1.8 asks for at least 100. */
const MAX_RECIPIENTS = 1000;
/** What a mail in transfer gets when the mailbox stops. Its sender has no 250 then and sends it again. */
const CLOSE_TIMEOUT_MS = 500;

/**
 * Takes every mail from anybody, with or without a login. The 250 after DATA is given once the mail is in the log; a mail whose
 * connection broke before its end is not kept. When the log refuses (a full disk, recipients too many and too long), the sender gets 452 and may
 * try again.
 */
export function createSmtpReceiver(log: Promise<RecordLog>, onMail: () => void): SMTPServer {
  const server = new SMTPServer({
    name: 'mailbox.localhost',
    banner: 'catches every mail, delivers none',
    size: MAX_MAIL_BYTES,
    rejectOversized: true,
    maxRecipients: MAX_RECIPIENTS,
    // Odd addresses are for the sender's rules to judge; what was sent is what should be seen.
    lenientAddressParsing: true,
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: false,
    closeTimeout: CLOSE_TIMEOUT_MS,
    onAuth: (auth, _session, callback) => callback(null, { user: auth.username || 'anybody' }),
    onData: (stream, session, callback) => {
      receive(stream, session, log)
        .then((number) => {
          if (number === undefined) return callback();
          onMail();
          callback(null, `OK: caught as ${number}`);
        })
        .catch((error: unknown) => callback(refusal(error)));
    },
  });
  // A connection that breaks is reported here, and without a listener it would end the process. Nobody needs to hear of it.
  server.on('error', () => undefined);
  return server;
}

/** Returns the mail's number, or undefined for one over the size limit, which the server refuses by itself. */
async function receive(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  log: Promise<RecordLog>,
): Promise<number | undefined> {
  const body: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (stream.sizeExceeded) body.length = 0;
    else body.push(chunk);
  }
  if (stream.sizeExceeded) return undefined;
  const { mailFrom, rcptTo } = session.envelope;
  const meta: MailMeta = {
    received_at: new Date().toISOString(),
    from: mailFrom ? mailFrom.address : '',
    to: rcptTo.map(({ address }) => address),
  };
  const keys = [...new Set(meta.to.map((address) => recipientKey(address)))];
  const messageId = messageIdOf(body[0]);
  if (messageId) keys.push(messageIdKey(messageId));
  return (await log).append({ keys, meta, body });
}

/** Found without parsing the mail, which is done only when somebody looks at it. */
function messageIdOf(start: Buffer | undefined): string | undefined {
  const headerEnd = start?.indexOf('\r\n\r\n') ?? -1;
  const headers = start?.toString('latin1', 0, headerEnd < 0 ? undefined : headerEnd);
  return headers && /^message-id:\s*(\S+)/im.exec(headers)?.[1];
}

function refusal(error: unknown): Error {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : 'internal error';
  return Object.assign(new Error(`Not kept (${reason}), try again later`), { responseCode: 452 });
}

/** Listens and returns the port. @throws PlatformError `port-taken` */
export function listenSmtp(server: SMTPServer, at: ListenAt): Promise<number> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error) => reject(explainListenError(error, at));
    server.once('error', refuse);
    const listener = server.listen(at.port, at.host, () => {
      server.off('error', refuse);
      resolve((listener.address() as AddressInfo).port);
    });
  });
}

export function closeSmtp(server: SMTPServer): Promise<void> {
  return new Promise((resolve) => server.close(resolve));
}
