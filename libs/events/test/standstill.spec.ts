import { jest } from '@jest/globals';
import { Standstill } from '../src/consumer/standstill.ts';

const NOW_MS = Date.parse('2026-06-13T10:00:00.000Z');
const at = (laterMs: number): void => void jest.spyOn(Date, 'now').mockReturnValue(NOW_MS + laterMs);

afterEach(() => void jest.restoreAllMocks());

describe('a partition that stands', () => {
  it('for a reason that is worded anew with each look, as while the log grows: since the first, and each is news', () => {
    const standstill = new Standstill();
    at(0);
    expect(standstill.halts('position 900 lies beyond the end 100')).toBe(true);
    at(10_000);
    expect(standstill.halts('position 900 lies beyond the end 250')).toBe(true);
    expect(standstill.halts('position 900 lies beyond the end 250')).toBe(false);
    expect(standstill.blocked).toEqual({
      sinceMs: NOW_MS,
      error: 'position 900 lies beyond the end 250',
      isHalted: true,
    });
  });

  it('it moves, and stands again: since then', () => {
    const standstill = new Standstill();
    at(0);
    standstill.failed(new Error('deadlock'));
    standstill.over();
    expect(standstill.blocked).toBeUndefined();
    at(5_000);
    standstill.failed(new Error('deadlock'));
    expect(standstill.blocked).toEqual({ sinceMs: NOW_MS + 5_000, error: 'Error' });
  });
});
