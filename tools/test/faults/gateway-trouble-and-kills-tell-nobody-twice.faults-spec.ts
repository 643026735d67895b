import { newEvent, orderConfirmed, recordOf, uuidv7 } from '@orderstream/events';
import { eventually } from '@orderstream/testing';
import pg from 'pg';
import { join } from 'node:path';
import { freePorts } from '../../src/platform/index.ts';
import { ServiceSupervisor } from '../../src/services/service-supervisor.ts';
import { SERVICES, type ServiceDefinition } from '../../src/services/services.ts';
import { startSmsCatcher, type RunningSmsCatcher } from '../../src/sms/start-sms-catcher.ts';
import { temporaryDirectory } from '../mailbox-client.ts';
import { produce } from '../log/records.ts';
import { WholeSystem } from '../support/whole-system.ts';
import { FlakySms } from './support/flaky-sms.ts';
import { FlakySmtp } from './support/flaky-smtp.ts';
import { disagreements, type LedgerRow } from './support/message-ledger.ts';
import { deadlineFor, scaled } from './support/scale.ts';
import { tell } from './support/tell.ts';

const ORDERS = scaled(10_000, 300);
/** So many of them name a number as well. */
const SMS_EVERY = 4;
const KILLS = Math.max(4, Math.round(ORDERS / 500));
const NOTIFIER = SERVICES.find(({ name }) => name === 'notifier') as ServiceDefinition;

describe(`${ORDERS} orders, ${KILLS} × kill -9 of notifier, gateways that fail 10 %, hang 2 %, take and drop 2 %`, () => {
  let system: WholeSystem;
  let data: Awaited<ReturnType<typeof temporaryDirectory>>;
  let catcher: RunningSmsCatcher;
  let smtp: FlakySmtp;
  let sms: FlakySms;
  let notifier: ServiceSupervisor;
  let database: pg.Client;

  beforeAll(async () => {
    system = await WholeSystem.prepare();
    process.env['KAFKA_BROKERS'] = system.platform.kafkaBrokers;
    data = await temporaryDirectory();
    catcher = await startSmsCatcher({ port: 0, dataDir: join(data.path, 'sms') });
    smtp = await new FlakySmtp(system.mailbox.smtpPort).start();
    sms = await new FlakySms(catcher.url).start();
    notifier = new ServiceSupervisor({
      service: { ...NOTIFIER, port: await freePorts(1) },
      platform: system.platform,
      dataDir: data.path,
      env: {
        SMTP_URL: smtp.url,
        SMTP_SEND_TIMEOUT: '2s',
        MAIL_RETRY_DELAY: '300ms',
        SMS_GATEWAY_URL: sms.url,
        SMS_SEND_TIMEOUT: '2s',
        SMS_RETRY_DELAY: '300ms',
      },
      onRestart: () => undefined,
    });
    await notifier.start();
    await notifier.untilReady(60_000);
    database = new pg.Client({ connectionString: system.platform.databaseUrl('notifier') });
    await database.connect();
  }, 180_000);
  afterAll(async () => {
    await database?.end();
    await notifier?.stop();
    await smtp?.stop();
    await sms?.stop();
    await catcher?.stop();
    await system?.stop();
    await data?.remove();
  }, 120_000);

  const counted = async (condition: string): Promise<number> => {
    const { rows } = await database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM notifier.notifications WHERE ${condition}`,
    );
    return rows[0]?.n ?? 0;
  };

  it(
    'each message is caught once, or its row says unknown; ledger and catchers agree on every one',
    async () => {
      const expected = new Map(
        Array.from({ length: ORDERS }, (_, index) => [uuidv7(), index % SMS_EVERY === 0 ? 2 : 1] as const),
      );
      await produce(
        [...expected].map(([orderId, count], index) => confirmation(orderId, index, count === 2)),
      );
      const messages = [...expected.values()].reduce((sum, count) => sum + count, 0);
      const patience = { deadlineMs: deadlineFor(ORDERS, 60), intervalMs: 100 };
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const share = Math.floor((messages * kill) / (KILLS + 1));
        await eventually(
          async () => (await counted(`state NOT IN ('queued', 'sending')`)) >= share,
          patience,
        );
        tell(`kill ${kill} of ${KILLS}, ${share} of ${messages} messages done`);
        await notifier.untilReady(60_000);
        process.kill(notifier.pid as number, 'SIGKILL');
      }
      await eventually(async () => {
        expect(await counted('true')).toBe(messages);
        expect(await counted(`state IN ('queued', 'sending')`)).toBe(0);
      }, patience);
      tell('all handed over; waiting until the gateway was asked about every SMS in doubt');
      await eventually(async () => expect(await counted(IN_DOUBT)).toBe(0), patience);

      const { rows } = await database.query<LedgerRow>('SELECT * FROM notifier.notifications');
      const caught = { mails: await mailsCaught(), sms: await smsCaught() };
      const unknown = Map.groupBy(
        rows.filter(({ state }) => state === 'unknown'),
        ({ channel, reason_code }) => `${channel} ${reason_code ?? ''}`,
      );
      const ofUnknown = [...unknown].map(([kind, each]) => `${each.length} ${kind}`).join(', ');
      tell(
        `${rows.length} messages, ${caught.mails.size} mails and ${caught.sms.size} SMS caught, unknown: ${ofUnknown}`,
      );
      expect(disagreements(rows, caught, expected)).toEqual([]);
      // There was trouble, and it left few in doubt: 4 % of the mails, what was under way at the kills, 1 % of the SMS.
      expect([...unknown.keys()]).toEqual(
        expect.arrayContaining(['email answer-lost', 'email answer-timeout', 'sms not-at-gateway']),
      );
      const inDoubt = rows.filter(({ state }) => state === 'unknown').length;
      expect(inDoubt).toBeLessThan(ORDERS * 0.07 + KILLS * 15);
    },
    deadlineFor(ORDERS, 200) + KILLS * 30_000,
  );

  /** Not asked about yet, or not since the gateway was last away. */
  const IN_DOUBT = `state = 'unknown' AND channel = 'sms' AND reason_code <> 'not-at-gateway'`;

  async function mailsCaught(): Promise<Map<string, number>> {
    const page = async (offset: number): Promise<string[]> => {
      const url = new URL(`/api/v1/messages?summary=true&limit=1000&offset=${offset}`, system.mailbox.url);
      const { messages } = (await (await fetch(url)).json()) as { messages: { message_id: string }[] };
      return messages.map(({ message_id }) => message_id);
    };
    return tally(await allPages(page));
  }

  async function smsCaught(): Promise<Map<string, number>> {
    const page = async (offset: number): Promise<string[]> => {
      const url = new URL(`/api/v1/messages?limit=1000&offset=${offset}`, catcher.url);
      const { messages } = (await (await fetch(url)).json()) as { messages: { body: string }[] };
      return messages.map(({ body }) => /[0-9a-f-]{36}/.exec(body)?.[0] ?? body);
    };
    return tally(await allPages(page));
  }
});

function confirmation(order_id: string, index: number, hasPhone: boolean) {
  const contact = {
    email: `order-${index}@example.com`,
    ...(hasPhone ? { phone: `+49170${String(index).padStart(7, '0')}` } : {}),
  };
  const summary = {
    order_id,
    customer_id: `c-${index}`,
    currency: 'EUR',
    amount_total: 1_999,
    item_count: 2,
  };
  return recordOf(
    'orders',
    order_id,
    newEvent(orderConfirmed, { ...summary, contact }, { source: 'worker' }),
  );
}

async function allPages(page: (offset: number) => Promise<string[]>): Promise<string[]> {
  const all: string[] = [];
  for (;;) {
    const more = await page(all.length);
    all.push(...more);
    if (more.length < 1_000) return all;
  }
}

function tally(keys: readonly string[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const key of keys) times.set(key, (times.get(key) ?? 0) + 1);
  return times;
}
