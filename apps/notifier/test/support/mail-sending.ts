import { eventually } from '@orderstream/testing';
import { ScriptedSmtpServer } from './scripted-smtp-server.ts';
import { useTestLedger, type TestLedger } from './test-ledger.ts';
import { testSender, type TestSender, type TestSenderOptions } from './test-sender.ts';

export const PATIENT = { deadlineMs: 40_000 };

/** A ledger and, for each test, a mail gateway and as many senders as it starts. */
export class MailSending {
  readonly own: TestLedger;
  server = new ScriptedSmtpServer();
  readonly #senders: TestSender[] = [];

  constructor(own: TestLedger) {
    this.own = own;
  }

  async begin(): Promise<void> {
    this.server = await new ScriptedSmtpServer().start();
  }

  async end(): Promise<void> {
    await Promise.all(this.#senders.splice(0).map((each) => each.stop()));
    await this.server.stop();
  }

  start(options: Omit<TestSenderOptions, 'url' | 'ledger'> = {}): TestSender {
    const sender = testSender({ url: this.server.url, ledger: this.own.ledger, ...options });
    this.#senders.push(sender);
    return sender;
  }

  /** Waits until so many rows are in each state, and none in any other. */
  async allAre(expected: Record<string, number>): Promise<void> {
    await eventually(async () => expect(await this.own.states()).toEqual(expected), PATIENT);
  }

  /** How often the gateway has each mail, of those it has at all. */
  timesCaught(): number[] {
    return [...Map.groupBy(this.server.mails, ({ messageId }) => messageId).values()].map(
      ({ length }) => length,
    );
  }
}

export function useMailSending(): MailSending {
  const mail = new MailSending(useTestLedger());
  beforeEach(() => mail.begin());
  afterEach(() => mail.end());
  return mail;
}
