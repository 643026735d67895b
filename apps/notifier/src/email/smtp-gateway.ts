import type { Readable } from 'node:stream';
import { createTransport, type SendMailOptions } from 'nodemailer';
import type { Outcome } from '../sending/outcome.ts';
import { smtpOutcome, type SmtpFailure } from './smtp-outcome.rules.ts';

export interface SmtpSettings {
  /** `smtp://` (TLS by STARTTLS where the gateway offers it) or `smtps://`; user, password and options of nodemailer in it. */
  readonly url: string;
  /** Connections kept at most. */
  readonly connections: number;
  /** From the look-up of the name to the end of greeting and TLS. */
  readonly connectTimeoutMs: number;
  /** How long the gateway may be silent within a session. */
  readonly answerTimeoutMs: number;
}

export interface Mail {
  /** As it stands in the header: `Name <address>`. */
  readonly from: string;
  /** One bare address; the only recipient. */
  readonly to: string;
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A fresh connection after so many mails: gateways limit how many they take over one. */
const MAILS_PER_CONNECTION = 500;
/** Below the 60 s after which some gateways close, so that it is rarely they who close on us. */
const IDLE_TIMEOUT_MS = 30_000;

/** Tells how far a mail got. */
class Transfer {
  #body: Readable | undefined;

  /**
   * True as soon as the end of the message may have left this process. Before its last line is out no gateway may deliver it (RFC 5321
   * §4.1.1.4): nodemailer writes that line after the stream of the message has ended, and never otherwise.
   */
  get isHandedOver(): boolean {
    return this.#body?.readableEnded ?? false;
  }

  watch(body: Readable): void {
    this.#body = body;
  }
}

interface WatchedMail extends SendMailOptions {
  readonly transfer: Transfer;
}

/** The way to the mail gateway: a pool of SMTP connections. Sends each mail at most once per call. */
export class SmtpGateway {
  readonly #transport;

  constructor(settings: SmtpSettings) {
    this.#transport = createTransport({
      url: settings.url,
      pool: true,
      maxConnections: settings.connections,
      maxMessages: MAILS_PER_CONNECTION,
      // The ledger decides what is tried again, nobody else.
      maxRequeues: 0,
      idleTimeout: IDLE_TIMEOUT_MS,
      connectionTimeout: settings.connectTimeoutMs,
      greetingTimeout: settings.connectTimeoutMs,
      dnsTimeout: settings.connectTimeoutMs,
      socketTimeout: settings.answerTimeoutMs,
      socketCloseTimeout: 1_000,
      // A mail is what we rendered; nothing in it names a file or a URL to be fetched.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    // The stream of the message is made when its turn on a connection comes, and read after the gateway said "go ahead" to DATA.
    this.#transport.use('stream', (mail, done) => {
      const { transfer } = mail.data as WatchedMail;
      mail.message.processFunc((body: Readable) => {
        transfer.watch(body);
        return body;
      });
      done();
    });
  }

  /** Resolves when the gateway has taken the mail over, or when it is known how it failed. Never rejects. */
  async send(mail: Mail, signal: AbortSignal): Promise<Outcome> {
    const transfer = new Transfer();
    const options: WatchedMail = {
      transfer,
      signal,
      from: mail.from,
      // An object, because a text would be read as a list of addresses.
      to: { name: '', address: mail.to },
      messageId: mail.messageId,
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
      // RFC 3834: keeps out-of-office replies away.
      headers: { 'Auto-Submitted': 'auto-generated' },
    };
    try {
      await this.#transport.sendMail(options);
      return { kind: 'sent' };
    } catch (error) {
      return smtpOutcome(error as SmtpFailure, transfer.isHandedOver);
    }
  }

  /** Ends the connections; those that are transferring a mail finish it first. */
  close(): void {
    this.#transport.close();
  }
}
