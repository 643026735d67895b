import { summariesOf } from '../../src/dashboard/page/lag.rules.ts';
import type { GroupLag } from '../../src/dashboard/page/snapshot.ts';

const fine: GroupLag = {
  group: 'worker',
  topic: 'orders',
  records: 0,
  seconds: 0,
  verdict: 'OK',
  members: 1,
  threshold: 60,
  alerting: false,
  hint: '',
};

describe('a line per group', () => {
  it('as bad as its worst topic, which it names; the worst group first', () => {
    const summaries = summariesOf([
      { ...fine, group: 'analytics', records: 3, seconds: 0.4 },
      fine,
      {
        ...fine,
        topic: 'payments',
        verdict: 'STALLED',
        records: 7,
        seconds: 90,
        alerting: true,
        hint: 'Look.',
      },
    ]);
    expect(summaries).toEqual([
      {
        group: 'worker',
        verdict: 'STALLED',
        alerting: true,
        records: 7,
        seconds: 90,
        topics: ['payments'],
        hint: 'Look.',
      },
      { group: 'analytics', verdict: 'OK', alerting: false, records: 3, seconds: 0.4, topics: [], hint: '' },
    ]);
  });

  it('not judged yet: neither good nor bad', () => {
    expect(summariesOf([fine, { ...fine, topic: 'payments', verdict: null }])[0]?.verdict).toBeNull();
  });
});
