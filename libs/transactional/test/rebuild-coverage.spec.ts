import { coversFromMs } from '../src/rebuild/coverage.ts';

const NOW = 1_000_000;

describe('from when on a log tells everything', () => {
  it('nothing was deleted: from its first record on', () => {
    const partitions = [
      { start: 0, firstMs: 500 },
      { start: 0, firstMs: 700 },
      { start: 0, firstMs: undefined },
    ];
    expect(coversFromMs(partitions, NOW)).toBe(500);
  });

  it('retention has deleted: from the latest of the beginnings on', () => {
    const partitions = [
      { start: 0, firstMs: 500 },
      { start: 40, firstMs: 700 },
      { start: 30, firstMs: 600 },
    ];
    expect(coversFromMs(partitions, NOW)).toBe(700);
  });

  it('everything of a partition was deleted, or there is nothing: from now on', () => {
    expect(coversFromMs([{ start: 40, firstMs: undefined }], NOW)).toBe(NOW);
    expect(coversFromMs([{ start: 0, firstMs: undefined }], NOW)).toBe(NOW);
  });

  it('a topic created anew beside nothing older: whatever came before its first record is older', () => {
    expect(coversFromMs([{ start: 0, firstMs: 900 }], NOW)).toBe(900);
  });
});
