import { LowWatermark, type TransactionSnapshot } from '../src/outbox/low-watermark.ts';
import type { PendingRow } from '../src/outbox/outbox-table.ts';

const SECOND_MS = 1_000;

describe('LowWatermark', () => {
  let mark: LowWatermark;
  let nowMs: number;
  beforeEach(() => {
    nowMs = 0;
    mark = new LowWatermark(nowMs);
  });

  const snapshot = (xmin: number, xmax: number): TransactionSnapshot => ({
    xmin: BigInt(xmin),
    xmax: BigInt(xmax),
  });
  const rows = (...ids: number[]) => ids.map((id): PendingRow => ({ id: String(id), text: '', records: [] }));
  /** One read after another, a second apart; a snapshot goes before it where one is asked for. */
  const read = (ids: number[], before: TransactionSnapshot, passedOver = 0): string => {
    nowMs += SECOND_MS;
    const isAsked = mark.asks(nowMs);
    const after = mark.after(nowMs);
    mark.note(rows(...ids), passedOver, isAsked ? before : undefined);
    return after;
  };

  it('every transaction that ran when an id was seen is over: moves there', () => {
    expect(read([8, 9], snapshot(100, 100))).toBe('0');
    read([], snapshot(102, 105));
    expect(read([], snapshot(104, 110))).toBe('0');
    read([], snapshot(105, 110));
    expect(read([], snapshot(110, 110))).toBe('9');
  });

  it('one of them commits a lower id at last: waits until that is gone', () => {
    read([9], snapshot(100, 100));
    read([], snapshot(102, 105));
    read([7], snapshot(105, 110));
    read([7], snapshot(110, 110));
    expect(read([], snapshot(110, 110))).toBe('0');
    expect(read([], snapshot(110, 110))).toBe('9');
  });

  it('rows are passed over: does not move past them', () => {
    read([9], snapshot(100, 100));
    for (let i = 0; i < 5; i += 1) expect(read([], snapshot(110, 110), 1)).toBe('0');
  });

  it('nothing new was seen: asks for nothing', () => {
    read([9], snapshot(100, 100));
    read([], snapshot(110, 110));
    expect(mark.asks(nowMs + SECOND_MS)).toBe(false);
  });

  it('every ten seconds one read begins with the oldest row: what it finds below the mark lowers it', () => {
    read([9], snapshot(100, 100));
    const afters = Array.from({ length: 12 }, () => read([], snapshot(110, 110)));
    expect(afters.filter((after) => after === '0')).toHaveLength(2);
    nowMs += 10 * SECOND_MS;
    expect(read([3], snapshot(110, 110))).toBe('0');
    expect(read([], snapshot(110, 110))).toBe('0');
    expect(read([], snapshot(110, 110))).toBe('3');
  });
});
