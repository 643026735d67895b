import { parsePosition, parseTime } from '../../src/log/log-position.ts';

describe('a position on the command line', () => {
  it.each([
    ['beginning', { kind: 'beginning' }],
    ['now', { kind: 'now' }],
    ['0', { kind: 'offset', offset: 0 }],
    ['1200', { kind: 'offset', offset: 1200 }],
    ['2026-06-13T10:00:00Z', { kind: 'time', timeMs: Date.UTC(2026, 5, 13, 10) }],
    ['2026-06-13T12:00:00.5+02:00', { kind: 'time', timeMs: Date.UTC(2026, 5, 13, 10) + 500 }],
  ])('%s: understood', (text, position) => {
    expect(parsePosition(text)).toEqual(position);
  });

  // No zone: three o'clock where? No such day: which one was meant?
  it.each([
    'yesterday',
    '-1',
    '1.5',
    '',
    '2026-06-13',
    '2026-06-13T10:00:00',
    '2026-02-30T10:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-00T00:00:00Z',
    '2026-06-32T00:00:00Z',
    '2026-06-13T25:00:00Z',
    '2026-06-13T10:00:00+99:00',
  ])('%j: refused', (text) => {
    expect(() => parsePosition(text)).toThrow(/RFC 3339/);
  });

  it('an offset is no time', () => {
    expect(() => parseTime('1200')).toThrow(/RFC 3339/);
  });
});
