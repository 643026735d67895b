import { NotAcceptedError, offsetOf, PermanentError, TransientError } from '../src/index.ts';
import { eventsProcessedTotal } from '../src/metrics.ts';
import { MemoryStore } from './support/memory-store.ts';
import { orderRecord, record } from './support/records.ts';
import { processSlice } from '../src/consumer/process-slice.ts';
import { failingAt, orders, permanent, range, sliceSetUp, transient } from './support/slice-set-up.ts';

describe('processSlice: nothing fails', () => {
  it('500 records: one call, in order', async () => {
    const { run, calls, effects } = sliceSetUp();
    await expect(run(orders(500, 1_000))).resolves.toEqual({ kind: 'done', position: 1_500 });
    expect(calls).toEqual([range(1_000, 1_500)]);
    expect(effects()).toEqual(range(1_000, 1_500));
  });

  it('records that are all skipped: no call, and the position is stored', async () => {
    const { run, calls, store } = sliceSetUp();
    const skipped = [5, 6].map((offset) =>
      record(offset, { headers: { 'event-type': Buffer.from('order.paid') } }),
    );
    await expect(run(skipped)).resolves.toEqual({ kind: 'done', position: 7 });
    expect(calls).toEqual([]);
    expect(store.positions.get('worker/orders/2')).toBe(7);
  });

  it('a gap before and inside: the run covers it', async () => {
    const { run, store } = sliceSetUp();
    await run([orderRecord(12), orderRecord(15)], 10);
    expect(store.runs).toMatchObject([{ firstOffset: 10, nextOffset: 16 }]);
  });
});

describe('processSlice: unreadable records', () => {
  it('among good ones: dead letters, and the good ones are handled', async () => {
    const { run, box, effects } = sliceSetUp();
    const messages = [orderRecord(0), record(1, { value: 'x' }), orderRecord(2), record(3), orderRecord(4)];
    await expect(run(messages)).resolves.toEqual({ kind: 'done', position: 5 });
    expect(effects()).toEqual([0, 2, 4]);
    expect(box.seen).toEqual(['1: not-json', '3: empty-value']);
    expect(box.records[0]).toMatchObject({ topic: 'orders.worker.dlq', partition: 2, key: null });
    expect(box.records[0]?.headers).toMatchObject({
      'dlq-attempts': '1',
      'dlq-error-class': 'UnreadableRecord',
    });
  });

  it('while the dead-letter topic is away: nothing is handled and nothing is passed', async () => {
    const { run, box, calls, store } = sliceSetUp();
    const away = new NotAcceptedError('Kafka is away');
    box.refusal = () => away;
    const outcome = await run([orderRecord(0), record(1)]);
    expect(outcome).toEqual({ kind: 'blocked', position: 0, error: away });
    expect({ calls, positions: store.positions.size }).toEqual({ calls: [], positions: 0 });
  });

  it('some of whose dead letters were taken before Kafka went away: those are not written again', async () => {
    const { run, box } = sliceSetUp();
    box.refusal = ({ value }) => (value?.toString() === 'c' ? new NotAcceptedError('no') : undefined);
    const messages = ['a', 'b', 'c', 'd'].map((value, offset) => record(offset, { value }));
    await expect(run(messages)).resolves.toMatchObject({ kind: 'blocked', position: 0 });
    box.refusal = () => undefined;
    await expect(run(messages)).resolves.toEqual({ kind: 'done', position: 4 });
    expect([...box.seen].sort()).toEqual(['0: not-json', '1: not-json', '2: not-json', '3: not-json']);
  });
});

describe('processSlice: a record that its handler cannot process', () => {
  it.each([0, 1, 250, 255, 256, 498, 499])(
    'one of 500, at %i: found in O(log n) calls, alone given up',
    async (bad) => {
      const { run, calls, box, effects } = sliceSetUp(failingAt([bad], permanent));
      await expect(run(orders(500))).resolves.toEqual({ kind: 'done', position: 500 });
      expect(effects()).toEqual(range(0, 500).filter((offset) => offset !== bad));
      expect(box.seen).toEqual([`${bad}: permanent`]);
      // One call for all, then two per halving, of which there are ⌈log₂ 500⌉ = 9.
      expect(calls.length).toBeLessThanOrEqual(1 + 2 * 9);
    },
  );

  it('several of 500: each alone given up, the others kept in order', async () => {
    const bad = [0, 3, 4, 77, 301, 499];
    const { run, calls, box, effects } = sliceSetUp(failingAt(bad, permanent));
    await expect(run(orders(500))).resolves.toEqual({ kind: 'done', position: 500 });
    expect(effects()).toEqual(range(0, 500).filter((offset) => !bad.includes(offset)));
    expect(box.seen).toEqual(bad.map((offset) => `${offset}: permanent`));
    expect(calls.length).toBeLessThanOrEqual(1 + 2 * 9 * bad.length);
  });

  it('several of 500, and the handler says which: one call more for each, the others in one transaction', async () => {
    const bad = [0, 3, 4, 77, 301, 499];
    const { run, calls, box, effects } = sliceSetUp(async (events) => {
      const event = events.find((one) => bad.includes(offsetOf(one)));
      if (event !== undefined) throw new PermanentError('no_such_product', 'no such product', { event });
    });
    await expect(run(orders(500))).resolves.toEqual({ kind: 'done', position: 500 });
    expect(effects()).toEqual(range(0, 500).filter((offset) => !bad.includes(offset)));
    expect(box.seen).toEqual(bad.map((offset) => `${offset}: permanent`));
    expect(calls.map(({ length }) => length)).toEqual([500, 499, 498, 497, 496, 495, 494]);
  });

  it('the handler names an event that was not among its own: the bad one is searched for', async () => {
    const { run, box } = sliceSetUp(
      failingAt([3], () => new PermanentError('no_such_product', 'no such product', { event: {} })),
    );
    await expect(run(orders(8))).resolves.toEqual({ kind: 'done', position: 8 });
    expect(box.seen).toEqual(['3: permanent']);
  });

  it('programmer errors: given up at once, no attempt is wasted', async () => {
    for (const error of [
      new TypeError('x is not a function'),
      new RangeError('r'),
      new ReferenceError('r'),
    ]) {
      const { run, calls, waits, box } = sliceSetUp(failingAt([0], () => error));
      await run(orders(1));
      expect({ calls, waits, seen: box.seen }).toEqual({ calls: [[0]], waits: [], seen: ['0: permanent'] });
    }
  });

  it('a TypeError with a cause, as fetch throws it when the network is away: no programmer error, tried again', async () => {
    let calls = 0;
    const { run, box, effects } = sliceSetUp(async () => {
      if (++calls < 3) throw new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') });
    });
    await expect(run(orders(1))).resolves.toEqual({ kind: 'done', position: 1 });
    expect({ seen: box.seen, effects: effects() }).toEqual({ seen: [], effects: [0] });
  });

  it('a conflict with what is there already: the reason says so', async () => {
    const { run, box } = sliceSetUp(failingAt([0], () => new PermanentError('conflict', 'another content')));
    await run(orders(1));
    expect(box.seen).toEqual(['0: conflict']);
  });

  it.each([
    ['an error', new Error('boom')],
    ['a string', 'boom'],
    ['nothing', undefined],
  ])(
    'unknown, %s: tried as often as allowed, with a growing wait between, then given up',
    async (_, thrown) => {
      const { run, calls, waits, box, effects } = sliceSetUp(failingAt([1], () => thrown));
      await expect(run(orders(3))).resolves.toEqual({ kind: 'done', position: 3 });
      expect(calls.filter((offsets) => offsets.length === 1 && offsets[0] === 1)).toHaveLength(3);
      expect(waits).toEqual([1, 2]);
      expect(box.seen).toEqual(['1: retries-exhausted']);
      expect(box.records[0]?.headers).toMatchObject({ 'dlq-attempts': '3' });
      expect(effects()).toEqual([0, 2]);
    },
  );

  it('unknown, and gone at the next attempt: handled, no dead letter', async () => {
    let failures = 2;
    const { run, box, effects } = sliceSetUp(async () => {
      if (failures-- > 0) throw new Error('a hiccup');
    });
    await expect(run(orders(1))).resolves.toEqual({ kind: 'done', position: 1 });
    expect({ seen: box.seen, effects: effects() }).toEqual({ seen: [], effects: [0] });
  });

  it('the dead-letter topic is away: what was good before it is kept, and it is not passed', async () => {
    const { run, box, effects, store } = sliceSetUp(failingAt([5], permanent));
    const away = new NotAcceptedError('Kafka is away');
    box.refusal = () => away;
    await expect(run(orders(8))).resolves.toEqual({ kind: 'blocked', position: 5, error: away });
    expect(effects()).toEqual([0, 1, 2, 3, 4]);
    expect(store.positions.get('worker/orders/2')).toBe(5);
  });

  it('the store goes away between its dead letter and its position: neither a second dead letter nor a second handling', async () => {
    let isBroken = true;
    const { run, calls, box, store } = sliceSetUp(async () => {
      if (isBroken) throw permanent();
    });
    box.refusal = () => {
      store.outage = MemoryStore.away;
      return undefined;
    };
    await expect(run(orders(1))).resolves.toEqual({ kind: 'blocked', position: 0, error: MemoryStore.away });
    store.outage = undefined;
    isBroken = false;
    await expect(run(orders(1))).resolves.toEqual({ kind: 'done', position: 1 });
    expect({ calls, seen: box.seen, effects: store.effects }).toEqual({
      calls: [[0]],
      seen: ['0: permanent'],
      effects: [],
    });
  });
});

describe('processSlice: something is away', () => {
  it('for the whole slice: one call, nothing kept, no dead letter', async () => {
    const { run, calls, box, effects } = sliceSetUp(failingAt([3], transient));
    await expect(run(orders(8, 0))).resolves.toMatchObject({ kind: 'blocked', position: 0 });
    expect({ calls: calls.length, seen: box.seen, effects: effects() }).toEqual({
      calls: 1,
      seen: [],
      effects: [],
    });
  });

  it('while a bad record is searched: what was kept is kept, the rest waits', async () => {
    let calls = 0;
    const { run, box, effects } = sliceSetUp(async () => {
      calls += 1;
      // The whole slice fails, its first half passes, then the database goes away.
      if (calls === 1) throw new Error('somewhere');
      if (calls > 2) throw transient();
    });
    await expect(run(orders(8))).resolves.toMatchObject({ kind: 'blocked', position: 4 });
    expect({ effects: effects(), seen: box.seen }).toEqual({ effects: [0, 1, 2, 3], seen: [] });
  });

  it('between two attempts at one record: it waits, without a dead letter', async () => {
    let calls = 0;
    const { run, box } = sliceSetUp(async () => {
      throw ++calls === 1 ? new Error('unknown') : transient();
    });
    await expect(run(orders(1))).resolves.toMatchObject({ kind: 'blocked', position: 0 });
    expect(box.seen).toEqual([]);
  });

  it('the consumer stops between two attempts: blocked, without a dead letter', async () => {
    const { run, context, box } = sliceSetUp(failingAt([0], () => new Error('unknown')));
    const stopped = {
      ...context,
      backOff: async () => Promise.reject(new TransientError('stopping', 'stop')),
    };
    const outcome = await processSlice(stopped, orders(1), 0);
    expect(outcome).toMatchObject({ kind: 'blocked', position: 0 });
    expect(box.seen).toEqual([]);
    void run;
  });

  it('an unknown error of the store itself while only the position is to be stored: blocked', async () => {
    const { run, store } = sliceSetUp();
    store.outage = new Error('no idea');
    await expect(run([record(0, { headers: { 'event-type': Buffer.from('order.paid') } })])).resolves.toEqual(
      {
        kind: 'blocked',
        position: 0,
        error: store.outage,
      },
    );
  });
});

describe('processSlice: the store stands elsewhere', () => {
  it.each([
    ['behind: back there', 90],
    ['past the slice: on there', 120],
  ])('%s, and no call', async (_, position) => {
    const { run, calls, store } = sliceSetUp();
    store.positions.set('worker/orders/2', position);
    await expect(run(orders(10, 100))).resolves.toEqual({ kind: 'moved', position });
    expect(calls).toEqual([]);
  });

  it('inside the slice: what is before it is not handled again', async () => {
    const { run, calls, store } = sliceSetUp();
    store.positions.set('worker/orders/2', 104);
    await expect(run(orders(10, 100))).resolves.toEqual({ kind: 'done', position: 110 });
    expect(calls).toEqual([range(104, 110)]);
  });
});

describe('what was brought behind us is counted', () => {
  it('by type and outcome, once, and only up to where the slice got', async () => {
    eventsProcessedTotal.reset();
    const { run, box, store } = sliceSetUp(failingAt([1], permanent));
    const stranger = { 'event-type': Buffer.from('somebody.elses.type') };
    const messages = [
      orderRecord(0),
      orderRecord(1),
      record(2),
      record(3, { headers: stranger }),
      orderRecord(4),
    ];
    box.refusal = ({ headers }) => {
      if (headers['dlq-original-offset'] === '1') store.outage = MemoryStore.away;
      return undefined;
    };
    await expect(run(messages)).resolves.toMatchObject({ kind: 'blocked', position: 1 });
    store.outage = undefined;
    await expect(run(messages.slice(1))).resolves.toEqual({ kind: 'done', position: 5 });

    const { values } = await eventsProcessedTotal.get();
    const counts = values.map(({ labels, value }) => [labels.event_type, labels.outcome, value]);
    expect(counts.sort()).toEqual([
      ['order.created', 'dead-lettered', 1],
      ['order.created', 'handled', 2],
      ['unknown', 'skipped', 1],
      ['unreadable', 'dead-lettered', 1],
    ]);
  });
});
