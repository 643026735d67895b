import { catchUp, catchUpText, type Pace } from '../../src/lag/catch-up.rules.ts';

const behind: Pace = {
  verdict: 'WARN',
  records: 60_000,
  seconds: 60,
  members: 2,
  partitions: 6,
  consumedPerSecond: 800,
  producedPerSecond: 1_000,
};

describe('what would help', () => {
  it.each<[string, Partial<Pace>, string]>([
    ['nothing waits', { records: 0 }, ''],
    ['a second behind', { seconds: 1 }, ''],
    [
      'nobody is there',
      { members: 0, verdict: 'STOPPED', consumedPerSecond: 0 },
      'No instance reads it: start one.',
    ],
    [
      'instances are there and nothing moves',
      { verdict: 'STALLED' },
      'Nothing moves with 2 instances: see what its health and log say.',
    ],
    ['soon caught up as it is', { consumedPerSecond: 1_400 }, 'Caught up in about 3 min with 2 instances.'],
    // 400 a second each: three keep 200 a second ahead, which is 300 s.
    ['two are too few', {}, '3 instances would catch up in about 5 min.'],
    [
      'nearly caught up with one more',
      { producedPerSecond: 750, records: 300_000 },
      '5 instances would catch up in about 4 min.',
    ],
    [
      'not even one for each partition is enough',
      { producedPerSecond: 3_000 },
      'More arrives than 6 instances can take, one for each partition.',
    ],
    [
      'one for each partition, and it takes long',
      { records: 6_000_000 },
      '6 instances would catch up in about 71 min.',
    ],
  ])('%s: %3$s', (_, change, text) => expect(catchUpText(catchUp({ ...behind, ...change }))).toBe(text));
});
