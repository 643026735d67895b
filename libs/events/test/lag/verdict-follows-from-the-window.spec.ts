import { judgePartition, worstOf, type LagSample } from '../../src/lag/lag.rules.ts';

/** Samples five seconds apart; each is [position, end]. The oldest record waits since the first sample. */
const window = (pairs: readonly (readonly [number, number])[], members = 1): LagSample[] =>
  pairs.map(([position, end], index) => ({
    position,
    end,
    members,
    atMs: index * 5_000,
    oldestAtMs: position < end ? 0 : undefined,
  }));

describe('a partition over the window', () => {
  it.each<[string, string, LagSample[]]>([
    [
      'at the end all the time',
      'OK',
      window([
        [5, 5],
        [5, 5],
        [5, 5],
        [5, 5],
      ]),
    ],
    [
      'caught up once, behind now',
      'OK',
      window([
        [5, 9],
        [9, 9],
        [9, 12],
        [9, 14],
      ]),
    ],
    [
      'behind and getting nearer',
      'OK',
      window([
        [0, 90],
        [30, 95],
        [60, 99],
        [90, 100],
      ]),
    ],
    [
      'behind, moving, falling back further',
      'WARN',
      window([
        [0, 10],
        [10, 30],
        [20, 60],
        [30, 99],
      ]),
    ],
    [
      'behind by about as much all the time',
      'OK',
      window([
        [0, 10],
        [10, 21],
        [20, 29],
        [30, 40],
      ]),
    ],
    [
      'nothing moves, records arrive',
      'STALLED',
      window([
        [7, 8],
        [7, 9],
        [7, 12],
        [7, 20],
      ]),
    ],
    [
      'nothing moves, nothing arrives, something waits',
      'STALLED',
      window([
        [7, 8],
        [7, 8],
        [7, 8],
      ]),
    ],
    [
      'the same, and nobody is in the group',
      'STOPPED',
      window(
        [
          [7, 8],
          [7, 8],
          [7, 8],
        ],
        0,
      ),
    ],
    [
      'nobody is in the group, and nothing waits',
      'OK',
      window(
        [
          [8, 8],
          [8, 8],
          [8, 8],
        ],
        0,
      ),
    ],
    [
      'set back within the window',
      'OK',
      window([
        [90, 100],
        [10, 100],
        [40, 100],
        [70, 100],
      ]),
    ],
  ])('%s: %s', (_, verdict, samples) => expect(judgePartition(samples)).toBe(verdict));

  it('members left a moment ago and nothing moved since: STOPPED', () => {
    const samples = window([
      [7, 8],
      [7, 9],
      [7, 12],
    ]);
    expect(judgePartition(samples.map((sample, index) => ({ ...sample, members: index < 2 ? 1 : 0 })))).toBe(
      'STOPPED',
    );
  });

  it('falling back by records that are a second old: no worry', () => {
    const samples = window([
      [0, 10],
      [10, 30],
      [20, 60],
      [30, 99],
    ]);
    expect(judgePartition(samples.map((sample) => ({ ...sample, oldestAtMs: sample.atMs - 1_000 })))).toBe(
      'OK',
    );
  });
});

it('a topic is as bad as its worst partition', () => {
  expect(worstOf(['OK', 'STALLED', 'WARN'])).toBe('STALLED');
  expect(worstOf(['STALLED', 'STOPPED'])).toBe('STOPPED');
  expect(worstOf([])).toBe('OK');
});
