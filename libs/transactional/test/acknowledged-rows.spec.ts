import type { OutgoingRecord } from '@orderstream/events';
import { AcknowledgedRows } from '../src/outbox/acknowledged-rows.ts';
import type { PendingRow } from '../src/outbox/outbox-table.ts';

const record = (value: string): OutgoingRecord => ({ topic: 't', key: 'k', value, headers: {} });

function row(id: number, text = `row ${id}`): PendingRow {
  return { id: String(id), text, records: [record(`${text}, first`), record(`${text}, second`)] };
}

describe('AcknowledgedRows', () => {
  let rows: AcknowledgedRows;
  beforeEach(() => {
    rows = new AcknowledgedRows();
    passedOver = new Set();
  });

  let passedOver: ReadonlySet<string>;
  const open = (...taken: PendingRow[]) =>
    rows.progressOf(taken, passedOver).map((progress) => progress.open.map(({ value }) => value));
  const note = (noted: PendingRow, ...left: OutgoingRecord[]) => rows.note({ row: noted, open: left });
  const whole = (of: PendingRow) => of.records.map(({ value }) => value);

  it('nothing was acknowledged: every record is open', () => {
    note(row(1), ...row(1).records);
    expect(open(row(1), row(2))).toEqual([whole(row(1)), whole(row(2))]);
  });

  it('read again with the same text: only what is left', () => {
    note(row(1));
    note(row(2), record('row 2, second'));
    for (const _ of ['once', 'and again'])
      expect(open(row(1), row(2), row(3))).toEqual([[], ['row 2, second'], whole(row(3))]);
  });

  it('another text under the same id: another row, every record is open', () => {
    note(row(1));
    expect(open(row(1, 'given again'))).toEqual([['given again, first', 'given again, second']]);
    expect(open(row(1))).toEqual([whole(row(1))]);
  });

  it('removed: forgotten', () => {
    note(row(1));
    rows.forget(['1']);
    expect(open(row(1))).toEqual([whole(row(1))]);
  });

  it.each([
    { read: 'passes over it', taken: [row(8), row(12)] },
    { read: 'finds nothing at all', taken: [] },
  ])('a read $read: forgotten', ({ taken }) => {
    note(row(9));
    open(...taken);
    expect(open(row(9))).toEqual([whole(row(9))]);
  });

  it('a read does not come as far, full of rows that were committed late: remembered', () => {
    note(row(10));
    // As text, '9' would be behind '10'.
    open(row(8), row(9));
    expect(open(row(10))).toEqual([[]]);
  });

  it('a read leaves it out: remembered', () => {
    note(row(9));
    passedOver = new Set(['9']);
    open(row(8), row(12));
    passedOver = new Set();
    expect(open(row(9))).toEqual([[]]);
  });
});
