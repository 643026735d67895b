import type { OutgoingRecord } from '@orderstream/events';
import { recordsOf, rowsOf } from '../src/outbox/outbox-rows.ts';

function record(topic: string, key: string | null, payload: unknown): OutgoingRecord {
  return {
    topic,
    key,
    value: JSON.stringify(payload),
    headers: { 'event-id': 'e', traceparent: '00-1-2-01' },
  };
}

describe('outbox rows', () => {
  it('what is laid into rows comes back byte for byte', () => {
    const nasty = {
      text: 'tab\t line\n quote" back\\slash \u0000 \u2028 \ud83d\ude00 \ud800',
      big: 1e21,
      empty: '',
    };
    const records = [
      record('orders', 'k\t1\n', nasty),
      record('orders', null, []),
      record('orders', '', nasty),
    ];
    expect(rowsOf(records).flatMap(recordsOf)).toEqual(records);
  });

  it('one row per topic, each in the order of emission', () => {
    const records = [record('a', '1', 1), record('b', '1', 2), record('a', '1', 3)];
    const rows = rowsOf(records);
    expect(rows.map(({ topic, record_count }) => [topic, record_count])).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
    expect(rows.map(recordsOf)).toEqual([[records[0], records[2]], [records[1]]]);
  });

  it('many or large records: several rows, none over 500 records or 256 KiB unless one record is', () => {
    const many = Array.from({ length: 1_201 }, (_, i) => record('a', String(i), i));
    expect(rowsOf(many).map(({ record_count }) => record_count)).toEqual([500, 500, 201]);
    expect(rowsOf(many).flatMap(recordsOf)).toEqual(many);

    const large = ['x'.repeat(200_000), 'y'.repeat(100_000), 'z'.repeat(400_000)].map((text) =>
      record('a', '1', text),
    );
    expect(rowsOf(large).map(({ record_count }) => record_count)).toEqual([1, 1, 1]);
    expect(rowsOf(large).flatMap(recordsOf)).toEqual(large);
  });

  it('nothing emitted: no row', () => {
    expect(rowsOf([])).toEqual([]);
  });

  it('a record that is not text: refused', () => {
    expect(() => rowsOf([{ topic: 'a', key: 'k', value: Buffer.from('x'), headers: {} }])).toThrow(TypeError);
  });
});
