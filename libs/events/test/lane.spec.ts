import type { Message } from 'kafkajs';
import { eventually } from '@orderstream/testing';
import { NotAcceptedError, OutcomeUnknownError, RecordRefusedError } from '../src/index.ts';
import { PartitionLane, type RecordPosition, type SendAttempt } from '../src/producer/lane.ts';
import { Gate } from './support/gate.ts';

interface Request {
  readonly values: string[];
  readonly answer: (outcome: SendAttempt) => void;
}

const failed = (fate: 'not-sent' | 'unknown' | 'refused'): SendAttempt => ({
  ok: false,
  fate,
  error: new Error(fate),
});

function setUp() {
  const requests: Request[] = [];
  let obstacle: Error | undefined;
  let asked = 0;
  let nowMs = 0;
  let gate: Gate | undefined;
  const attempt = (messages: Message[]): Promise<SendAttempt> =>
    new Promise((answer) => {
      requests.push({ values: messages.map(({ value }) => String(value)), answer });
    });
  const lane = new PartitionLane({
    topic: 'orders',
    partition: 3,
    log: () => undefined,
    now: () => nowMs,
    findLeader: async () => {
      asked += 1;
      await gate?.pass();
      return obstacle === undefined ? { ok: true, attempt } : { ok: false, error: obstacle };
    },
  });
  const outcomes: Record<string, RecordPosition | Error> = {};
  const send = (value: string, options: { deadlineMs?: number; bytes?: number } = {}): void => {
    const { deadlineMs = 1_000, bytes = 100 } = options;
    lane.enqueue({
      message: { value },
      bytes,
      deadlineMs,
      maybeSent: false,
      settled: false,
      settle(outcome) {
        if (this.settled) return;
        this.settled = true;
        outcomes[value] = outcome;
      },
    });
  };
  /** The request number `index`, once it has been made. */
  const request = (index: number): Promise<Request> =>
    eventually(() => {
      const made = requests[index];
      if (made === undefined) throw new Error(`${requests.length} requests so far`);
      return made;
    });
  const away = (error: Error | undefined): void => void (obstacle = error);
  /** The search for the leader takes until it is opened. */
  const holdUp = (): Gate => (gate = new Gate());
  /** Until the lane has asked so often who leads. */
  const asks = (count: number) => eventually(() => asked >= count);
  const passTo = (ms: number): void => void (nowMs = ms);
  return { lane, requests, request, outcomes, send, away, holdUp, asks, passTo };
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}

const settled = (outcomes: object, count: number) => eventually(() => Object.keys(outcomes).length === count);

describe('PartitionLane: batches', () => {
  it('an idle lane: sends at once, and what came in the same turn goes along', async () => {
    const { send, request, outcomes } = setUp();
    send('a');
    send('b');
    const { values, answer } = await request(0);
    expect(values).toEqual(['a', 'b']);
    answer({ ok: true, baseOffset: 70 });
    await settled(outcomes, 2);
    expect(outcomes).toEqual({
      a: { topic: 'orders', partition: 3, offset: 70 },
      b: { topic: 'orders', partition: 3, offset: 71 },
    });
  });

  it('while a request is under way: no other is made, and all that arrives goes into the next one', async () => {
    const { send, request, requests } = setUp();
    send('first');
    const { answer } = await request(0);
    for (const value of names(40)) {
      send(value);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(requests).toHaveLength(1);
    answer({ ok: true, baseOffset: 0 });
    expect((await request(1)).values).toEqual(names(40));
  });

  it('at most 500 records a request', async () => {
    const { send, request } = setUp();
    for (const value of names(1_100)) send(value);
    for (const [index, count] of [500, 500, 100].entries()) {
      const { values, answer } = await request(index);
      expect(values).toHaveLength(count);
      answer({ ok: true, baseOffset: 0 });
    }
  });

  it('at most 512 KiB a request; a larger record goes alone', async () => {
    const { send, request } = setUp();
    const KIB = 1024;
    for (const [value, kib] of Object.entries({ a: 200, b: 312, c: 1, d: 900, e: 1 }))
      send(value, { bytes: kib * KIB });
    for (const [index, values] of [['a', 'b'], ['c'], ['d'], ['e']].entries()) {
      const made = await request(index);
      expect(made.values).toEqual(values);
      made.answer({ ok: true, baseOffset: 0 });
    }
  });

  it('emptied: serves the next record as the first', async () => {
    const { send, request, outcomes } = setUp();
    send('a');
    (await request(0)).answer({ ok: true, baseOffset: 0 });
    await settled(outcomes, 1);
    send('b');
    expect((await request(1)).values).toEqual(['b']);
  });
});

describe('PartitionLane: failed attempts', () => {
  it.each(['not-sent', 'unknown'] as const)(
    '%s: the same records again, before what came later',
    async (fate) => {
      const { send, request, outcomes } = setUp();
      send('a');
      send('b');
      const first = await request(0);
      send('c');
      first.answer(failed(fate));
      const second = await request(1);
      expect(second.values).toEqual(['a', 'b', 'c']);
      second.answer({ ok: true, baseOffset: 5 });
      await settled(outcomes, 3);
      expect(outcomes['a']).toEqual({ topic: 'orders', partition: 3, offset: 5 });
    },
  );

  it('again and again: in smaller batches, still in order, and in full ones once it works', async () => {
    const { send, request, outcomes } = setUp();
    for (const value of names(1_200)) send(value);
    for (const index of [0, 1, 2]) (await request(index)).answer(failed('not-sent'));
    const smaller = await request(3);
    expect(smaller.values).toEqual(names(62));
    smaller.answer({ ok: true, baseOffset: 0 });
    const full = await request(4);
    expect(full.values).toEqual(names(562).slice(62));
    full.answer({ ok: true, baseOffset: 0 });
    await settled(outcomes, 562);
  });

  it('Kafka is not there: no request is made until it is', async () => {
    const { send, request, requests, away, asks } = setUp();
    away(new Error('refused'));
    send('a');
    await asks(3);
    expect(requests).toEqual([]);
    away(undefined);
    expect((await request(0)).values).toEqual(['a']);
  });

  it('a record that the broker refuses, among others: refused alone, the others go in order', async () => {
    const { send, request, requests, outcomes } = setUp();
    for (const value of names(12)) send(value);
    for (let index = 0; Object.keys(outcomes).length < 12; index += 1) {
      const { values, answer } = await request(index);
      answer(values.includes('7') ? failed('refused') : { ok: true, baseOffset: 100 });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(outcomes['7']).toBeInstanceOf(RecordRefusedError);
    expect(Object.values(outcomes).filter((outcome) => outcome instanceof Error)).toHaveLength(1);
    const accepted = requests.filter(({ values }) => !values.includes('7')).flatMap(({ values }) => values);
    expect(accepted).toEqual(names(12).filter((value) => value !== '7'));
  });
});

describe('PartitionLane: deadlines', () => {
  it('Kafka was never there: surely not accepted, with the reason as cause', async () => {
    const { lane, send, requests, outcomes, away, asks } = setUp();
    const refused = new Error('connection refused');
    away(refused);
    send('a', { deadlineMs: 1_000 });
    await asks(2);
    lane.expire(999);
    expect(outcomes).toEqual({});
    lane.expire(1_000);
    expect(outcomes['a']).toBeInstanceOf(NotAcceptedError);
    expect((outcomes['a'] as Error).cause).toBe(refused);
    away(undefined);
    send('b', { deadlineMs: 5_000 });
    await eventually(() => requests.length > 0);
    expect(requests.map(({ values }) => values)).toEqual([['b']]);
  });

  it('past its deadline while the leader is searched for: surely not accepted, and not sent once it is found', async () => {
    const { lane, send, requests, request, outcomes, holdUp, asks, passTo } = setUp();
    const search = holdUp();
    send('a', { deadlineMs: 1_000 });
    send('b', { deadlineMs: 2_000 });
    await asks(1);
    lane.expire(1_000);
    expect(Object.keys(outcomes)).toEqual(['a']);
    send('c', { deadlineMs: 3_000 });
    passTo(2_000);
    search.open();
    const { values, answer } = await request(0);
    expect(values).toEqual(['c']);
    expect(outcomes['a']).toBeInstanceOf(NotAcceptedError);
    expect(outcomes['b']).toBeInstanceOf(NotAcceptedError);
    // From here on it may have left.
    lane.expire(3_000);
    answer(failed('not-sent'));
    expect(outcomes['c']).toBeInstanceOf(OutcomeUnknownError);
    expect(requests).toHaveLength(1);
  });

  it('may have left, and past its deadline while the leader is searched for again: unknown', async () => {
    const { lane, send, request, outcomes, holdUp, asks } = setUp();
    send('a');
    const { answer } = await request(0);
    holdUp();
    answer(failed('unknown'));
    await asks(2);
    lane.expire(1_000);
    expect(outcomes['a']).toBeInstanceOf(OutcomeUnknownError);
  });

  it('an attempt that surely sent nothing: not accepted', async () => {
    const { lane, send, request, outcomes, away, asks } = setUp();
    send('a');
    const { answer } = await request(0);
    away(new Error('refused'));
    answer(failed('not-sent'));
    await asks(2);
    lane.expire(1_000);
    expect(outcomes['a']).toBeInstanceOf(NotAcceptedError);
  });

  it('an attempt whose answer is missing: unknown, and what came after it surely not accepted', async () => {
    const { lane, send, request, outcomes, away, asks } = setUp();
    send('a');
    const { answer } = await request(0);
    send('b');
    away(new Error('refused'));
    answer(failed('unknown'));
    await asks(2);
    lane.expire(1_000);
    expect(outcomes['a']).toBeInstanceOf(OutcomeUnknownError);
    expect(outcomes['b']).toBeInstanceOf(NotAcceptedError);
  });

  it('refused, but an earlier attempt may have brought it into the topic: unknown', async () => {
    const { send, request, outcomes } = setUp();
    send('a');
    (await request(0)).answer(failed('unknown'));
    (await request(1)).answer(failed('refused'));
    await settled(outcomes, 1);
    expect(outcomes['a']).toBeInstanceOf(OutcomeUnknownError);
  });

  it('past its deadline when its attempt fails: not sent again, and the one behind it is', async () => {
    const { send, request, outcomes, passTo } = setUp();
    send('late', { deadlineMs: 1_000 });
    const first = await request(0);
    send('next', { deadlineMs: 6_000 });
    passTo(1_001);
    first.answer(failed('unknown'));
    const second = await request(1);
    expect(second.values).toEqual(['next']);
    second.answer({ ok: true, baseOffset: 8 });
    await settled(outcomes, 2);
    expect(outcomes['late']).toBeInstanceOf(OutcomeUnknownError);
  });

  it('under way at its deadline: unknown, whatever the answer says later, and it is not sent again', async () => {
    const { lane, send, request, outcomes } = setUp();
    send('a', { deadlineMs: 1_000 });
    send('b', { deadlineMs: 2_000 });
    const { answer } = await request(0);
    lane.expire(1_000);
    expect(outcomes['a']).toBeInstanceOf(OutcomeUnknownError);
    answer(failed('unknown'));
    const { values, answer: late } = await request(1);
    expect(values).toEqual(['b']);
    late({ ok: true, baseOffset: 9 });
    await settled(outcomes, 2);
    expect(outcomes['a']).toBeInstanceOf(OutcomeUnknownError);
    expect(outcomes['b']).toMatchObject({ offset: 9 });
  });
});
