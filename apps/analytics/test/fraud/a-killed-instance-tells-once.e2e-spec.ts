import { jest } from '@jest/globals';
import {
  createKafka,
  EventProducer,
  payments,
  recordOf,
  uuidv7,
  type EventOf,
  type fraudSuspected,
} from '@orderstream/events';
import { eventually, kafkaBrokers, readTopic } from '@orderstream/testing';
import { RunningAnalytics } from '../support/running-analytics.ts';
import { failed, placed, type PaymentLost } from './fraud-group.ts';

jest.setTimeout(180_000);

const SECOND = 1_000;
const CUSTOMERS = 40;

describe('the group fraud on real Kafka and PostgreSQL', () => {
  // The topics are everybody's: what belongs to this run is known by its name.
  const run = `fraud-${uuidv7()}`;
  const producer = new EventProducer(
    { clientId: 'test', brokers: kafkaBrokers() },
    { sendTimeoutMs: 30_000 },
  );
  let analytics: RunningAnalytics;
  beforeAll(async () => (analytics = await RunningAnalytics.prepare()));
  beforeEach(() => analytics.start());
  afterAll(async () => {
    await producer.close();
    await analytics.close();
  });

  const pay = async (...events: PaymentLost[]): Promise<void> => {
    const records = events.map((event) => recordOf(payments.name, event.payload.order_id, event));
    for (const outcome of await producer.sendAll(records)) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
  };
  const suspected = () =>
    analytics.warehouse.rows<{ rule: string; subject_id: string }>(
      'SELECT rule, subject_id FROM warehouse.fraud_suspicions WHERE subject_id LIKE $1 ORDER BY rule, subject_id',
      [`${run}%`],
    );
  /** A relay that dies before it noted what it published publishes it again: the same event, which readers know by its id. */
  const alerted = async () => {
    const events = (await readTopic('alerts'))
      .map(({ value }) => JSON.parse(value ?? '{}') as EventOf<typeof fraudSuspected>)
      .filter(({ payload }) => payload.subject_id?.startsWith(run));
    return [...new Map(events.map((event) => [event.event_id, event])).values()]
      .map(({ payload: { rule, subject_id } }) => ({ rule, subject_id }))
      .sort((one, other) => (`${one.rule} ${one.subject_id}` < `${other.rule} ${other.subject_id}` ? -1 : 1));
  };

  it('bursts told twice, late, and by an instance that is killed again and again: one event for each', async () => {
    const beginMs = Date.now() - 3_600 * SECOND;
    const bursts = Array.from({ length: CUSTOMERS }, (_, customer) =>
      Array.from({ length: 12 }, (_, index) =>
        placed(beginMs + index * SECOND, { customer_id: `${run}-${String(customer).padStart(2, '0')}` }),
      ),
    );
    const unpaid = bursts.flatMap(([order], customer) =>
      order === undefined || customer % 2 === 1
        ? []
        : [1, 2, 3].map((attempt) => failed(order, beginMs + attempt * SECOND)),
    );
    // Payments before their orders; of each burst the latest orders first; and everything again.
    await pay(...unpaid);
    const half = (from: number, to: number) => bursts.flatMap((orders) => orders.slice(from, to));
    await analytics.publish(...half(6, 12));
    await analytics.kill();
    await analytics.start();
    await analytics.publish(...half(0, 6));
    await eventually(async () => expect((await suspected()).length).toBeGreaterThan(0), {
      deadlineMs: 60_000,
    });
    await analytics.kill();
    await analytics.start();
    await analytics.publish(...half(0, 12));
    await pay(...unpaid);
    await analytics.kill();
    await analytics.start();
    const expected = [
      ...bursts.flatMap((_, customer) => (customer % 2 === 0 ? [{ rule: 'failed_payments', customer }] : [])),
      ...bursts.map((_, customer) => ({ rule: 'order_velocity', customer })),
    ].map(({ rule, customer }) => ({ rule, subject_id: `${run}-${String(customer).padStart(2, '0')}` }));
    await eventually(async () => expect(await suspected()).toEqual(expected), { deadlineMs: 60_000 });
    await eventually(() => allConsumed(analytics), { deadlineMs: 60_000 });
    await eventually(async () => expect(await alerted()).toEqual(expected), { deadlineMs: 60_000 });
    expect(await suspected()).toEqual(expected);
  });
});

/** Nothing of the log is left to the group, and nothing waits to be published. */
async function allConsumed({ warehouse }: RunningAnalytics): Promise<void> {
  const positions = await warehouse.rows<{ position: string }>(
    `SELECT concat_ws('/', topic, partition, next_offset) AS position FROM analytics.consumer_positions
     WHERE consumer_group = 'fraud' AND topic IN ('orders', 'payments') ORDER BY topic, partition`,
  );
  expect(positions.map(({ position }) => position)).toEqual(await endsOf('orders', 'payments'));
  expect(await warehouse.rows('SELECT id FROM analytics.outbox')).toEqual([]);
}

async function endsOf(...topics: string[]): Promise<string[]> {
  const admin = createKafka({ clientId: 'test', brokers: kafkaBrokers() }).admin();
  await admin.connect();
  try {
    const ends: string[] = [];
    for (const topic of topics) {
      const offsets = await admin.fetchTopicOffsets(topic);
      for (const { partition, high } of offsets.sort((one, other) => one.partition - other.partition)) {
        ends.push(`${topic}/${partition}/${high}`);
      }
    }
    return ends;
  } finally {
    await admin.disconnect();
  }
}
