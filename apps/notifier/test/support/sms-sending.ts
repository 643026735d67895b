import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { uuidv7 } from '@orderstream/events';
import { eventually } from '@orderstream/testing';
import { planNotifications } from '../../src/intake/plan-notifications.rules.ts';
import type { ClaimedNotification } from '../../src/ledger/notification.ts';
import { LookupLedger } from '../../src/ledger/lookup-ledger.ts';
import type { Outcome } from '../../src/sending/outcome.ts';
import { Sender } from '../../src/sending/sender.ts';
import { smsDelivery } from '../../src/sms/deliver-sms.ts';
import { Inquiry } from '../../src/sms/inquiry.ts';
import { SmsGateway } from '../../src/sms/sms-gateway.ts';
import { TwilioClient } from '../../src/sms/twilio-client.ts';
import { cancellation } from './events.ts';
import { NOBODY, PLAN } from './planning.ts';
import { ScriptedSmsGateway } from './scripted-sms-gateway.ts';
import { useTestLedger, type LedgerRow, type TestLedger } from './test-ledger.ts';

Logger.overrideLogger(false);

export const TO = '+491701234567';
export const PATIENT = { deadlineMs: 40_000 };
/** Longer than a busy machine holds anything up: a claim that is older, or an answer that comes later, counts as lost. */
const SEND_TIMEOUT_MS = 10_000;
const LOGIN = { accountSid: 'AC0', authToken: 'secret' };

/** A ledger and, for each test, a gateway, an inquiry there and, once it is started, a sender. */
export class SmsSending {
  readonly own: TestLedger;
  server = new ScriptedSmsGateway();
  sender: Sender | undefined;
  readonly #gateways: SmsGateway[] = [];

  constructor(own: TestLedger) {
    this.own = own;
  }

  async begin(): Promise<void> {
    this.server = await new ScriptedSmsGateway().start();
  }

  async end(): Promise<void> {
    await this.sender?.stop();
    this.sender = undefined;
    for (const gateway of this.#gateways.splice(0)) gateway.close();
    await this.server.stop();
  }

  /** Enters an SMS to each of these numbers, each about an order of its own. */
  async enter(...numbers: string[]): Promise<void> {
    const planned = numbers
      .flatMap((phone) => planNotifications(cancellation(uuidv7(), { phone }), NOBODY, PLAN))
      .filter(({ channel }) => channel === 'sms');
    await this.own.database.transaction((tx) => this.own.ledger.add(tx, planned));
  }

  start({ giveUpAfterMs = 3_600_000, sendTimeoutMs = SEND_TIMEOUT_MS, ratePerSecond = 0 } = {}): void {
    const owner = `test:${randomBytes(4).toString('hex')}`;
    const retry = { firstDelayMs: 50, maxDelayMs: 50, giveUpAfterMs };
    const options = { connections: 4, sendTimeoutMs, ratePerSecond, retry };
    const deliver = smsDelivery(this.#gateway(), 3);
    this.sender = new Sender({ channel: 'sms', owner, ...options, deliver }, this.own.ledger);
    this.sender.start();
  }

  /** Hands one over without a sender. */
  deliver(claim: ClaimedNotification): Promise<Outcome> {
    return smsDelivery(this.#gateway(), 3)(claim, AbortSignal.timeout(SEND_TIMEOUT_MS));
  }

  inquiry({ answerTimeoutMs = SEND_TIMEOUT_MS } = {}): Inquiry {
    return new Inquiry(this.#gateway(answerTimeoutMs), new LookupLedger(this.own.database));
  }

  /** Waits until the only row of the ledger is like this. */
  async becomes(expected: Partial<LedgerRow>): Promise<void> {
    await eventually(async () => expect(await this.own.rows()).toMatchObject([expected]), PATIENT);
  }

  #gateway(answerTimeoutMs = SEND_TIMEOUT_MS): SmsGateway {
    const client = new TwilioClient({ ...LOGIN, connections: 4, answerTimeoutMs, url: this.server.url });
    const gateway = new SmsGateway(client, '+15005550006');
    this.#gateways.push(gateway);
    return gateway;
  }
}

export function useSmsSending(): SmsSending {
  const sms = new SmsSending(useTestLedger());
  beforeEach(() => sms.begin());
  afterEach(() => sms.end());
  return sms;
}
