import { testDatabase, type TestDatabase } from '@orderstream/testing';
import { Database, migrate } from '@orderstream/transactional';
import { migrations } from '#migrations';
import { planNotifications } from '../../src/intake/plan-notifications.rules.ts';
import { NotificationLedger } from '../../src/ledger/notification-ledger.ts';
import { confirmation } from './confirmation.ts';
import { NOBODY, PLAN } from './planning.ts';

export interface LedgerRow {
  readonly notification_id: string;
  readonly event_id: string;
  readonly order_id: string;
  readonly recipient: string | null;
  readonly state: string;
  readonly attempts: number;
  readonly message_id: string;
  readonly channel: string;
  readonly template: string;
  readonly locale: string;
  readonly reason_code: string | null;
  readonly reason_status: string | null;
  readonly gateway_id: string | null;
}

/** The ledger's tables in a database of the test's own. */
export interface TestLedger {
  readonly testDatabase: TestDatabase;
  readonly database: Database;
  readonly ledger: NotificationLedger;
  /** In the order they were entered. */
  rows(): Promise<LedgerRow[]>;
  /** How many rows there are in each state. */
  states(): Promise<Record<string, number>>;
  /** Enters confirmations of so many orders, to customer-0@example.com and on. */
  enqueue(count: number): Promise<void>;
  /** Removes every row and every consumed position. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

export async function testLedger(): Promise<TestLedger> {
  const own = await testDatabase();
  await migrate({ url: own.url, schema: 'notifier', migrations });
  const database = new Database({ service: 'notifier', schema: 'notifier', url: own.url });
  const ledger = new NotificationLedger(database);
  let entered = 0;
  return {
    testDatabase: own,
    database,
    ledger,
    rows: () => own.query<LedgerRow>('SELECT * FROM notifier.notifications ORDER BY notification_id'),
    states: async () => {
      const rows = await own.query<{ state: string; n: number }>(
        'SELECT state, count(*)::integer AS n FROM notifier.notifications GROUP BY state',
      );
      return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
    },
    enqueue: async (count) => {
      const events = Array.from({ length: count }, () => confirmation(`customer-${entered++}@example.com`));
      const planned = events.flatMap((event) => planNotifications(event, NOBODY, PLAN));
      await database.transaction((tx) => ledger.add(tx, planned));
    },
    empty: async () => {
      await own.query(`TRUNCATE notifier.notifications, notifier.decisions, notifier.customers, notifier.orders,
                  notifier.consumer_positions RESTART IDENTITY`);
      entered = 0;
    },
    close: async () => {
      await database.close();
      await own.drop();
    },
  };
}

/** A ledger of the test file's own: there from its first test to its last, empty before each. */
export function useTestLedger(): TestLedger {
  const own = {} as TestLedger;
  beforeAll(async () => void Object.assign(own, await testLedger()));
  beforeEach(() => own.empty());
  afterAll(() => own.close());
  return own;
}
