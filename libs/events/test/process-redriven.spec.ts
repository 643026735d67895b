import type { KafkaMessage } from 'kafkajs';
import { processRedriven } from '../src/consumer/process-redriven.ts';
import type { SliceContext } from '../src/consumer/process-slice.ts';
import {
  NotAcceptedError,
  offsetOf,
  orderCreated,
  PermanentError,
  retryRecord,
  subscriptionsOf,
  TransientError,
  type DeadLetterReason,
  type HandleEvents,
  type RetryRecordOptions,
  type Subscription,
} from '../src/index.ts';
import { eventsProcessedTotal } from '../src/metrics.ts';
import { DeadLetterBox } from './support/dead-letter-box.ts';
import { arrived, letterOf } from './support/letters.ts';
import { MemoryStore } from './support/memory-store.ts';
import { anOrder, orderRecord, record } from './support/records.ts';

const order = anOrder();
const key = Buffer.from(order.payload.order_id);

/** The group has passed orders/4/17, where the record died; its retry topic is read up to 90. */
function setUp(handle: HandleEvents = async () => undefined) {
  const calls: number[][] = [];
  const waits: number[] = [];
  const store = new MemoryStore();
  const box = new DeadLetterBox();
  const counting: HandleEvents = async (events, tx) => {
    calls.push(events.map(offsetOf));
    return handle(events, tx);
  };
  const handler = { contracts: [orderCreated], handle: counting, options: { maxAttempts: 3 } };
  const context: SliceContext = {
    subscription: subscriptionsOf('worker', [handler])[1] as Subscription,
    partition: 4,
    store,
    deadLetters: box.publisher,
    deadLettered: new Map(),
    backOff: async (attempt) => void waits.push(attempt),
  };
  store.positions.set('worker/orders/4', 20);
  const die = (offset = 17, reason: DeadLetterReason = 'permanent') =>
    store.letters.note('worker', 'orders', 4, [{ offset, key, reason }]);
  const run = (message: KafkaMessage) => processRedriven(context, message, 90);
  return { calls, waits, store, box, context, die, run };
}

function retried(
  original: KafkaMessage = orderRecord(17, order),
  options: RetryRecordOptions = {},
): KafkaMessage {
  return arrived(retryRecord(letterOf(original, 3), options), 90);
}

const away = new NotAcceptedError('Kafka is away');
const permanent: HandleEvents = async () => {
  throw new PermanentError('no_such_product', 'no such product');
};
const done = { kind: 'done', position: 91 };

describe('processRedriven', () => {
  it('open: handled, and open no longer', async () => {
    const { run, die, calls, store, box } = setUp();
    die();
    await expect(run(retried())).resolves.toEqual(done);
    expect({ calls, open: store.letters.seen, letters: box.seen }).toEqual({
      calls: [[90]],
      open: [],
      letters: [],
    });
    expect(store.positions.get('worker/orders.worker.retry/4')).toBe(91);
  });

  it('not open: neither handled nor dead-lettered, even when it cannot be read', async () => {
    for (const message of [
      retried(),
      retried(record(17, { key, value: 'no JSON' })),
      retried(undefined, { redriveCount: 99 }),
    ]) {
      const { run, calls, box } = setUp();
      await expect(run(message)).resolves.toEqual(done);
      expect({ calls, letters: box.seen }).toEqual({ calls: [], letters: [] });
    }
  });

  it('discarded: open no longer, without being handled or read', async () => {
    for (const message of [orderRecord(17, order), record(17, { key, value: 'no JSON' })]) {
      const { run, die, calls, store, box } = setUp();
      die();
      await expect(run(retried(message, { isDiscarded: true }))).resolves.toEqual(done);
      expect({ calls, open: store.letters.seen, letters: box.seen }).toEqual({
        calls: [],
        open: [],
        letters: [],
      });
    }
  });

  it('a type the group does not handle any more: none of its business, open no longer', async () => {
    const { run, die, calls, store } = setUp();
    die();
    const headers = { 'event-type': Buffer.from('order.paid') };
    await expect(run(retried(record(17, { key, value: 'x', headers })))).resolves.toEqual(done);
    expect({ calls, open: store.letters.seen }).toEqual({ calls: [], open: [] });
  });

  it('unreadable still: dead again without an attempt, with its newest reason', async () => {
    const { run, die, calls, store, box } = setUp();
    die();
    await expect(run(retried(record(17, { key, value: 'no JSON' })))).resolves.toEqual(done);
    expect({ calls, open: store.letters.seen, letters: box.seen }).toEqual({
      calls: [],
      open: ['17: not-json'],
      letters: ['17: not-json'],
    });
    expect(box.records[0]).toMatchObject({ topic: 'orders.worker.dlq', partition: 4 });
    expect(box.records[0]?.headers).toMatchObject({
      'dlq-original-topic': 'orders',
      'dlq-redrive-count': '1',
    });
  });

  it('fails for good: dead again after one attempt; of an unknown error: after all of them', async () => {
    const first = setUp(permanent);
    first.die();
    await expect(first.run(retried())).resolves.toEqual(done);
    expect([first.calls.length, first.waits, first.box.seen]).toEqual([1, [], ['17: permanent']]);

    const second = setUp(async () => {
      throw new Error('unknown');
    });
    second.die();
    await expect(second.run(retried())).resolves.toEqual(done);
    expect([second.calls.length, second.waits, second.box.seen]).toEqual([
      3,
      [1, 2],
      ['17: retries-exhausted'],
    ]);
    expect(second.box.records[0]?.headers).toMatchObject({ 'dlq-attempts': '3' });
    expect(second.store.letters.row('worker', { topic: 'orders', partition: 4, offset: 17 })).toMatchObject({
      reason: 'retries-exhausted',
      redriveCount: 1,
    });
  });

  it('what it needs is away: blocked, no dead letter, open as before', async () => {
    const { run, die, store, box } = setUp(async () => {
      throw new TransientError('gateway-away', 'away');
    });
    die();
    await expect(run(retried())).resolves.toMatchObject({ kind: 'blocked', position: 90 });
    expect([store.letters.seen, box.seen]).toEqual([['17: permanent'], []]);
    store.outage = MemoryStore.away;
    await expect(run(retried())).resolves.toEqual({ kind: 'blocked', position: 90, error: MemoryStore.away });
  });

  it('the dead-letter topic is away: blocked, and the handler is not asked once for each attempt to write', async () => {
    const { run, die, calls, box, store } = setUp(permanent);
    die();
    box.refusal = () => away;
    await expect(run(retried())).resolves.toEqual({ kind: 'blocked', position: 90, error: away });
    expect([calls.length, store.letters.seen]).toEqual([1, ['17: permanent']]);
  });

  it('the store goes away between the dead letter and the row: written once, and noted when it is back', async () => {
    const { run, die, calls, box, store } = setUp(permanent);
    die(17, 'conflict');
    box.refusal = () => {
      store.outage = MemoryStore.away;
      return undefined;
    };
    await expect(run(retried())).resolves.toMatchObject({ kind: 'blocked' });
    store.outage = undefined;
    await expect(run(retried())).resolves.toEqual(done);
    expect([calls.length, box.seen, store.letters.seen]).toEqual([1, ['17: permanent'], ['17: permanent']]);
  });

  it('an earlier record of its key is open: parked again, and says behind which', async () => {
    const { run, die, calls, box, store } = setUp();
    die(12);
    die(17);
    await expect(run(retried())).resolves.toEqual(done);
    expect([calls, store.letters.seen]).toEqual([[], ['12: permanent', '17: parked-behind']]);
    expect(box.records[0]?.headers).toMatchObject({
      'dlq-reason': 'parked-behind',
      'dlq-parked-behind': 'orders/4/12',
      'dlq-original-offset': '17',
      'dlq-redrive-count': '1',
    });
  });

  it('the group stands before the record on its source topic: waits and says for what', async () => {
    const { run, calls, store } = setUp();
    store.positions.set('worker/orders/4', 17);
    const outcome = await run(retried());
    expect(outcome).toMatchObject({ kind: 'blocked', position: 90, error: { code: 'source-behind' } });
    expect((outcome as { error: Error }).error.message).toContain('orders/4/17');
    expect(calls).toEqual([]);
    store.positions.set('worker/orders/4', 18);
    await expect(run(retried())).resolves.toEqual(done);
  });

  it('the store stands elsewhere on the retry topic: there', async () => {
    const { run, die, store } = setUp();
    die();
    store.positions.set('worker/orders.worker.retry/4', 95);
    await expect(run(retried())).resolves.toEqual({ kind: 'moved', position: 95 });
    store.positions.set('worker/orders.worker.retry/4', 80);
    await expect(run(retried())).resolves.toEqual({ kind: 'moved', position: 80 });
  });

  it('counts each outcome', async () => {
    eventsProcessedTotal.reset();
    const { run, die, store } = setUp();
    die();
    await run(retried());
    store.positions.delete('worker/orders.worker.retry/4');
    await run(retried());
    const { values } = await eventsProcessedTotal.get();
    expect(
      values.map(({ labels, value }) => [labels.topic, labels.event_type, labels.outcome, value]),
    ).toEqual([
      ['orders.worker.retry', 'order.created', 'handled', 1],
      ['orders.worker.retry', 'order.created', 'duplicate', 1],
    ]);
  });
});
