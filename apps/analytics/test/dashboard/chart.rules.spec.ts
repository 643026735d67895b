import { peakOf, slotsOf, ticksUpTo } from '../../src/dashboard/page/chart.rules.ts';

const counts = { created: 3, confirmed: 2, rejected: 1, paid: 0, cancelled: 0 };

describe('the chart’s minutes', () => {
  it('a snapshot with gaps: sixty minutes, the current one last, nothing where nothing was', () => {
    const slots = slotsOf({
      as_of: '2026-06-13T10:30:59.999Z',
      minutes: [
        { minute: '2026-06-13T09:31:00.000Z', ...counts },
        { minute: '2026-06-13T10:30:00.000Z', ...counts },
      ],
    });
    expect(slots).toHaveLength(60);
    expect(slots[0]).toMatchObject({ startMs: Date.parse('2026-06-13T09:31Z'), created: 3 });
    expect(slots[1]).toMatchObject({ startMs: Date.parse('2026-06-13T09:32Z'), created: 0 });
    expect(slots[59]).toMatchObject({ startMs: Date.parse('2026-06-13T10:30Z'), created: 3, rejected: 1 });
  });

  it('rulings of other minutes’ orders: the peak is what was ruled', () => {
    const [slot] = slotsOf({ as_of: '2026-06-13T10:30:00.000Z', minutes: [] });
    if (slot === undefined) throw new Error('no slot');
    expect(peakOf([{ ...slot, created: 4, confirmed: 7, rejected: 2 }])).toBe(9);
  });

  it.each([
    [0, [0, 1]],
    [1, [0, 1]],
    [3, [0, 1, 2, 3]],
    [7, [0, 2, 4, 6, 8]],
    [34, [0, 10, 20, 30, 40]],
    [166, [0, 50, 100, 150, 200]],
    [12_345, [0, 5_000, 10_000, 15_000]],
  ])('a peak of %i: ticks %j', (peak, ticks) => expect(ticksUpTo(peak)).toEqual(ticks));
});
