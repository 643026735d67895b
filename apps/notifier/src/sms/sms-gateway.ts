import type { Outcome } from '../sending/outcome.ts';
import { findByReference, smsOutcome, type Finding } from './sms-outcome.rules.ts';
import type { TwilioClient } from './twilio-client.ts';

export interface OutgoingSms {
  /** E.164. */
  readonly to: string;
  readonly body: string;
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

  /** What became of the message with this reference. */
  async find(to: string, reference: string): Promise<Finding> {
    return findByReference(await this.#client.list(to), reference);
  }

  close(): void {
    this.#client.close();
  }
}
