import type { Outcome } from '../sending/outcome.ts';
import { findByReference, smsOutcome, type Finding } from './sms-outcome.rules.ts';
import type { TwilioClient } from './twilio-client.ts';

export interface OutgoingSms {
  /** E.164. */
  readonly to: string;
  readonly body: string;
}

/** Which message the gateway is asked for. */
export interface Question {
  readonly to: string;
  readonly reference: string;
  /** It was not sent before this day (UTC): `2026-06-13`. */
  readonly sentSince: string;
}

/** E.164 numbers, short codes and names are senders by themselves; `MG…` is a service that chooses one. */
const MESSAGING_SERVICE = /^MG[0-9a-f]{32}$/;

/** The way to the SMS gateway. Sends each message at most once per call; never rejects. */
export class SmsGateway {
  readonly #client: TwilioClient;
  readonly #from: string;

  constructor(client: TwilioClient, from: string) {
    this.#client = client;
    this.#from = from;
  }

  async send({ to, body }: OutgoingSms, signal: AbortSignal): Promise<Outcome> {
    const sender = MESSAGING_SERVICE.test(this.#from) ? 'MessagingServiceSid' : 'From';
    const form = new URLSearchParams({ To: to, [sender]: this.#from, Body: body });
    return smsOutcome(await this.#client.create(form, signal), Date.now());
  }

  /**
   * What became of the message with this reference. Its number's newest messages are searched, and only when there are more than one page
   * of them those since its day: the gateway may leave out of a day's what it has not sent on yet.
   */
  async find({ to, reference, sentSince }: Question, signal: AbortSignal): Promise<Finding> {
    const finding = findByReference(await this.#client.list(to, signal), reference);
    if (finding.kind !== 'inconclusive') return finding;
    return findByReference(await this.#client.list(to, signal, sentSince), reference);
  }

  close(): void {
    this.#client.close();
  }
}
