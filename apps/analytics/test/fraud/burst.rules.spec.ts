import { bursts, type Mark } from '../../src/fraud/burst.rules.ts';

const limit = { count: 3, windowMs: 60_000 };
const mark = (at_ms: number, member = `m-${at_ms}`): Mark => ({
  rule: 'order_velocity',
  subject_id: 'ada',
  member,
  at_ms,
});
const endsOf = (marks: readonly Mark[]): number[] => bursts(marks, limit).map(({ endMs }) => endMs);

describe('many of one subject within a short time', () => {
  it('one fewer than the limit: nothing', () => {
    expect(endsOf([mark(0), mark(1)])).toEqual([]);
  });

  it('the limit, exactly a window apart: a burst; a millisecond more: none', () => {
    expect(endsOf([mark(0), mark(1), mark(60_000)])).toEqual([60_000]);
    expect(endsOf([mark(0), mark(1), mark(60_001)])).toEqual([]);
  });

  it('all at one moment: one burst, told with all of them', () => {
    expect(bursts([mark(5, 'a'), mark(5, 'b'), mark(5, 'c'), mark(5, 'd')], limit)).toEqual([
      { endMs: 5, count: 4, members: ['a', 'b', 'c', 'd'], withinMs: 0, tightestMs: 0 },
    ]);
  });

  it('one member again and again: counts once', () => {
    expect(endsOf([mark(0, 'a'), mark(1, 'a'), mark(2, 'a'), mark(3, 'b')])).toEqual([]);
  });

  it('a member seen before the window and again within it: counts', () => {
    const again = [mark(0, 'a'), mark(50_000, 'b'), mark(70_000, 'a'), mark(80_000, 'c')];
    expect(bursts(again, limit)).toEqual([
      { endMs: 80_000, count: 3, members: ['b', 'a', 'c'], withinMs: 30_000, tightestMs: 30_000 },
    ]);
  });

  it('more than the limit: the tightest of them tells how dense they are', () => {
    const [, , burst] = bursts([mark(0), mark(30_000), mark(30_001), mark(30_002)], { ...limit, count: 2 });
    expect(burst).toMatchObject({ count: 4, withinMs: 30_002, tightestMs: 1 });
  });

  it('in whatever order they are given: the same bursts', () => {
    const marks = [0, 10_000, 55_000, 65_000, 65_000, 130_000, 131_000, 190_000].map((at, index) =>
      mark(at, `m-${index}`),
    );
    const expected = bursts(marks, limit);
    expect(expected.map(({ endMs }) => endMs)).toEqual([55_000, 65_000, 190_000]);
    for (let turn = 1; turn < marks.length; turn += 1) {
      const turned = [...marks.slice(turn), ...marks.slice(0, turn)];
      expect(bursts(turned, limit).map(({ endMs, count }) => [endMs, count])).toEqual(
        expected.map(({ endMs, count }) => [endMs, count]),
      );
    }
  });

  it('a mark that comes late: adds bursts and takes none away', () => {
    const marks = [mark(0), mark(20_000), mark(40_000), mark(100_000)];
    const before = endsOf(marks);
    expect(before).toEqual([40_000]);
    for (const late of [-1, 10_000, 50_000, 99_000]) {
      expect(endsOf([...marks, mark(late)])).toEqual(expect.arrayContaining(before));
    }
  });
});
