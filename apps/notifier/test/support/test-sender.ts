import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { emailDelivery } from '../../src/email/deliver-email.ts';
import { SmtpGateway } from '../../src/email/smtp-gateway.ts';
import type { NotificationLedger } from '../../src/ledger/notification-ledger.ts';
import { Sender } from '../../src/sending/sender.ts';

export interface TestSenderOptions {
  readonly url: string;
  readonly ledger: NotificationLedger;
  readonly connections?: number;
  readonly sendTimeoutMs?: number;
  readonly retryDelayMs?: number;
  readonly ratePerSecond?: number;
}

export interface TestSender {
  readonly sender: Sender;
  readonly owner: string;
  readonly stop: () => Promise<void>;
}

Logger.overrideLogger(false);

/** A sender as the service runs it, with short pauses. Started. It gives up later than a busy machine holds anything up. */
export function testSender(options: TestSenderOptions): TestSender {
  const {
    url,
    ledger,
    connections = 4,
    sendTimeoutMs = 20_000,
    retryDelayMs = 100,
    ratePerSecond = 0,
  } = options;
  const owner = `test:${randomBytes(4).toString('hex')}`;
  const gateway = new SmtpGateway({
    url,
    connections,
    connectTimeoutMs: sendTimeoutMs,
    answerTimeoutMs: sendTimeoutMs,
  });
  const retry = { firstDelayMs: retryDelayMs, maxDelayMs: retryDelayMs, giveUpAfterMs: 3_600_000 };
  const deliver = emailDelivery(gateway, 'Shop <orders@shop.example>');
  const sender = new Sender(
    { channel: 'email', owner, connections, sendTimeoutMs, ratePerSecond, retry, deliver },
    ledger,
  );
  sender.start();
  const stop = async (): Promise<void> => {
    await sender.stop();
    gateway.close();
  };
  return { sender, owner, stop };
}
