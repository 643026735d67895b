import { brokenAnswers, brokenPromises } from '../support/broken-promises.ts';
import type { Ledger, Step } from '../support/ledger.ts';
import type { Sent } from '../support/order-traffic.ts';

const step = (eventId: string, eventType: string, partition = 1): Step => ({
  eventId,
  eventType,
  partition,
});
const created = (id: string): Step => step(`${id}1`, 'order.created');
const confirmed = (id: string): Step => step(`${id}2`, 'order.confirmed');
const rejected = (id: string): Step => step(`${id}2`, 'order.rejected');

/** a was mailed, b's mail is unknown, c was rejected and told so, d named no address. */
const kept: Ledger = {
  topic: new Map([
    ['a', [created('a'), confirmed('a')]],
    ['b', [created('b'), created('b'), confirmed('b'), confirmed('b')]],
    ['c', [created('c'), rejected('c')]],
    ['d', [created('d'), confirmed('d')]],
  ]),
  emails: new Map(['a', 'b', 'c'].map((id) => [id, `${id}@x`])),
  worker: statuses({}),
  warehouse: statuses({}),
  readModel: statuses({}),
  timelines: new Map(['a', 'b', 'c', 'd'].map((id) => [id, [`${id}1`, `${id}2`]])),
  rollup: [
    { step: 'created', counted: 4, taken: 4 },
    { step: 'confirmed', counted: 3, taken: 3 },
  ],
  notifications: notifications({}),
  mails: new Map([
    ['a@x', 1],
    ['c@x', 1],
  ]),
  outboxPending: 0,
  deadLetters: 0,
};

function statuses(change: Record<string, string | undefined>): Map<string, string> {
  const all = { a: 'confirmed', b: 'confirmed', c: 'rejected', d: 'confirmed', ...change };
  return new Map(Object.entries(all).flatMap(([id, status]) => (status === undefined ? [] : [[id, status]])));
}

function notifications(change: Record<string, string[] | undefined>): Map<string, string[]> {
  const all = { a: ['sent'], b: ['unknown'], c: ['sent'], d: ['suppressed'], ...change };
  return new Map(Object.entries(all).flatMap(([id, rows]) => (rows === undefined ? [] : [[id, rows]])));
}

function topic(id: string, ...steps: Step[]): Map<string, readonly Step[]> {
  return new Map([...kept.topic, [id, steps]]);
}

function timeline(id: string, ...eventIds: string[]): Map<string, readonly string[]> {
  return new Map([...kept.timelines, [id, eventIds]]);
}

describe('the checker of the system tests', () => {
  it('all promises kept: finds nothing', () => {
    expect(brokenPromises(kept, ['a', 'b', 'c', 'd'])).toEqual([]);
  });

  it.each<[string, Partial<Ledger>, RegExp]>([
    [
      'lost: an accepted order is not on the topic',
      { topic: new Map([...kept.topic].filter(([id]) => id !== 'b')) },
      /accepted, but not on the topic, as b/,
    ],
    [
      'lost: an order is missing in the worker',
      { worker: statuses({ a: undefined }) },
      /confirmed on the topic, missing in worker, as a/,
    ],
    [
      'lost: an order is missing in the warehouse',
      { warehouse: statuses({ b: undefined }) },
      /missing in warehouse, as b/,
    ],
    [
      'lost: an order is missing in the read model',
      { readModel: statuses({ c: undefined }) },
      /missing in readModel, as c/,
    ],
    [
      'lost: an order was confirmed, the warehouse has not heard',
      { warehouse: statuses({ a: 'accepted' }) },
      /confirmed on the topic, accepted in warehouse/,
    ],
    ['lost: nobody ruled on an order', { topic: topic('a', created('a')) }, /ruled on 0 times, as a/],
    ['lost: a step is missing in the timeline', { timelines: timeline('a', 'a1') }, /timeline with other/],
    [
      'lost: nobody is told',
      { notifications: notifications({ a: undefined }) },
      /without a row in the send ledger/,
    ],
    [
      'lost: a mail counts as sent and is not there',
      { mails: new Map() },
      /counts as mailed, 0 mails arrived, as a/,
    ],
    [
      'doubled: an order is created twice',
      { topic: topic('a', created('a'), step('a3', 'order.created'), confirmed('a')) },
      /not created exactly once, as a/,
    ],
    [
      'doubled: an order is ruled on twice',
      { topic: topic('a', created('a'), confirmed('a'), step('a3', 'order.rejected')) },
      /ruled on 2 times, as a/,
    ],
    [
      'doubled: a step is twice in the timeline',
      { timelines: timeline('a', 'a1', 'a2', 'a2') },
      /timeline with other/,
    ],
    [
      'doubled: an order is counted twice',
      { rollup: [{ step: 'confirmed', counted: 4, taken: 3 }] },
      /the rollup counts 4 orders confirmed/,
    ],
    [
      'doubled: somebody is told twice',
      { notifications: notifications({ a: ['sent', 'sent'] }) },
      /several rows/,
    ],
    ['doubled: a mail came twice', { mails: new Map([['a@x', 2]]) }, /counts as mailed, 2 mails/],
    [
      'doubled: an unknown mail came twice',
      {
        mails: new Map([
          ['a@x', 1],
          ['b@x', 2],
        ]),
      },
      /unknown outcome, 2 mails/,
    ],
    [
      'swapped: an order is confirmed before it is created',
      { topic: topic('a', confirmed('a'), created('a')), timelines: timeline('a', 'a2', 'a1') },
      /out of order on the topic, as a/,
    ],
    [
      'swapped: the timeline tells it the other way round',
      { timelines: timeline('b', 'b2', 'b1') },
      /timeline out of order, as b/,
    ],
    [
      'swapped: an order is spread over two partitions',
      { topic: topic('a', created('a'), step('a2', 'order.confirmed', 2)) },
      /in several partitions, as a/,
    ],
    ['an order appears that nobody sent', { worker: statuses({ e: 'confirmed' }) }, /never ordered, as e/],
    [
      'nobody is told of a rejection',
      { notifications: notifications({ c: undefined }) },
      /without a row in the send ledger, as c/,
    ],
    [
      'an order is mailed before it is ruled on',
      { topic: topic('a', created('a')) },
      /not ruled on, but mailed/,
    ],
    [
      'a mail without an address',
      { notifications: notifications({ d: ['sent'] }) },
      /sent, although there is no address/,
    ],
    ['a mail still waits', { notifications: notifications({ a: ['queued'] }) }, /queued in the send ledger/],
    ['an event still waits', { outboxPending: 1 }, /still in the outbox/],
    ['a record was given up', { deadLetters: 1 }, /1 dead letters/],
  ])('%s: says so', (_, wrong, message) => {
    expect(brokenPromises({ ...kept, ...wrong }, ['a', 'b', 'c', 'd']).join('\n')).toMatch(message);
  });
});

describe('the checker of what order-api answered', () => {
  const sent = (id: string, change: Partial<Sent> = {}): Sent => ({
    email: `${id}@x`,
    status: 202,
    orderId: id,
    problem: undefined,
    contentType: undefined,
    afterMs: 1,
    ...change,
  });
  const refused = (id: string, outcome: string): Sent =>
    sent(id, { status: 503, orderId: undefined, problem: { outcome } });
  const broken = (id: string): Sent => sent(id, { status: undefined, orderId: undefined });
  const all = [
    sent('a'),
    refused('b', 'outcome-unknown'),
    broken('c'),
    refused('f', 'outcome-unknown'),
    refused('g', 'not-accepted'),
    broken('h'),
  ];

  it('202 is on the topic, not-accepted is not, the unknown is either: finds nothing', () => {
    expect(brokenAnswers(kept, all)).toEqual([]);
  });

  it.each<[string, readonly Sent[], RegExp]>([
    ['a 202 is not on the topic', [...all, sent('i')], /answered 202, but not on the topic, as i@x/],
    [
      'a 202 names another order',
      [sent('a', { orderId: 'z' }), ...all.slice(1)],
      /answered 202, but not on the topic, as a@x/,
    ],
    [
      'what was surely not accepted is there',
      [refused('a', 'not-accepted'), ...all.slice(1)],
      /answered not-accepted, but on the topic, as a@x/,
    ],
    ['an order that nobody requested', all.slice(1), /never requested, as a@x/],
    ['a server error', [...all, sent('j', { status: 500, orderId: undefined })], /answered 500/],
  ])('%s: says so', (_, answers, message) => {
    expect(brokenAnswers(kept, answers).join('\n')).toMatch(message);
  });

  it('one request, two orders: says so', () => {
    const doubled = { ...kept, emails: new Map([...kept.emails, ['d', 'a@x']]) };
    expect(brokenAnswers(doubled, all).join('\n')).toMatch(/one request, several orders, as a@x/);
  });
});
