import { brokenPromises, type Ledger } from './support/ledger.ts';

const kept: Ledger = {
  ordered: new Set(['a', 'b']),
  worker: new Set(['a', 'b']),
  warehouse: new Set(['a', 'b']),
  readModel: new Set(['a', 'b']),
  notifications: new Map([
    ['a', ['sent']],
    ['b', ['unknown']],
  ]),
  mails: new Map([['a@x', 1]]),
  addresses: new Map([
    ['a@x', 'a'],
    ['b@x', 'b'],
  ]),
  outboxPending: 0,
  deadLetters: 0,
};

describe('the checker of the system tests', () => {
  it('all promises kept: finds nothing', () => {
    expect(brokenPromises(kept, ['a', 'b'])).toEqual([]);
  });

  it.each<[string, Partial<Ledger>, RegExp]>([
    ['an accepted order is not on the topic', { ordered: new Set(['a']) }, /accepted, but not on the topic/],
    ['an order is missing in the worker', { worker: new Set(['a']) }, /not confirmed in worker/],
    ['an order is missing in the warehouse', { warehouse: new Set(['b']) }, /not confirmed in warehouse/],
    ['an order is missing in the read model', { readModel: new Set() }, /not confirmed in readModel/],
    ['an order appears that nobody sent', { worker: new Set(['a', 'b', 'c']) }, /never ordered/],
    ['nobody is told', { notifications: new Map([['a', ['sent']]]) }, /without a row in the send ledger/],
    [
      'somebody is told twice',
      {
        notifications: new Map([
          ['a', ['sent', 'sent']],
          ['b', ['unknown']],
        ]),
      },
      /several rows/,
    ],
    ['a mail counts as sent and is not there', { mails: new Map() }, /counts as mailed, 0 mails/],
    ['a mail came twice', { mails: new Map([['a@x', 2]]) }, /counts as mailed, 2 mails/],
    [
      'an unknown mail came twice',
      {
        mails: new Map([
          ['a@x', 1],
          ['b@x', 2],
        ]),
      },
      /unknown outcome, 2 mails/,
    ],
    [
      'a mail still waits',
      {
        notifications: new Map([
          ['a', ['queued']],
          ['b', ['unknown']],
        ]),
      },
      /is queued/,
    ],
    ['an event still waits', { outboxPending: 1 }, /still in the outbox/],
    ['a record was given up', { deadLetters: 1 }, /dead letters/],
  ])('%s: says so', (_, wrong, message) => {
    expect(brokenPromises({ ...kept, ...wrong }, ['a', 'b']).join('\n')).toMatch(message);
  });
});
