import { sinceBeginning, slotsOf } from '../../src/dashboard/page/minutes.rules.ts';

const counts = { created: 3, confirmed: 2, rejected: 1, paid: 0, cancelled: 0, revenue: { EUR: '5600' } };

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
  expect(slots[1]).toMatchObject({ startMs: Date.parse('2026-06-13T09:32Z'), created: 0, revenue: {} });
  expect(slots[59]).toMatchObject({ startMs: Date.parse('2026-06-13T10:30Z'), created: 3, rejected: 1 });
});

describe('what the charts show', () => {
  const as_of = '2026-06-13T10:30:59.999Z';
  const from = (minute: string) => sinceBeginning(slotsOf({ as_of, minutes: [{ minute, ...counts }] }));

  it('nothing before the first order but one minute, and twenty minutes at least', () => {
    expect(from('2026-06-13T10:00:00.000Z')[0]?.startMs).toBe(Date.parse('2026-06-13T09:59Z'));
    expect(from('2026-06-13T10:29:00.000Z')).toHaveLength(20);
    expect(from('2026-06-13T09:31:00.000Z')).toHaveLength(60);
  });

  it('no order at all: twenty empty minutes', () => {
    expect(sinceBeginning(slotsOf({ as_of, minutes: [] }))).toHaveLength(20);
  });
});
