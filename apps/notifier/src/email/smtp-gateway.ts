import { createTransport, type SendMailOptions } from 'nodemailer';
import type { Outcome } from '../sending/outcome.ts';
import { oneAddress } from './compose-mail.ts';
import { MailTransfer } from './mail-transfer.ts';
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

export interface OutgoingMail {
  /** Of `Name <address>` the address counts. */
  readonly from: string;
  /** One bare address; the only recipient. */
  readonly to: string;
  /** Headers and body, as composeMail writes them. */
  readonly content: Buffer;
}

/** A fresh connection after so many mails: gateways limit how many they take over one. */
const MAILS_PER_CONNECTION = 500;
/** Below the 60 s after which some gateways close, so that it is rarely they who close on us. */
const IDLE_TIMEOUT_MS = 30_000;

interface TransferredMail extends SendMailOptions {
  readonly transfer: MailTransfer;
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
    });
    // nodemailer's place for changing a message: it sends the stream that this method returns.
    this.#transport.use('stream', (mail, done) => {
      mail.message.createReadStream = () => (mail.data as TransferredMail).transfer;
      done();
    });
  }

  /** Resolves when the gateway has taken the mail over, or when it is known how it failed. Never rejects. */
  async send({ from, to, content }: OutgoingMail, signal: AbortSignal): Promise<Outcome> {
    const transfer = new MailTransfer(content);
    const options: TransferredMail = { transfer, signal, envelope: { from, to: oneAddress(to) } };
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
