import { isUuidv7, uuidv7, uuidv7TimeMs } from '../src/index.ts';

describe('uuidv7', () => {
  it('ids over several refills of the entropy pool: all valid, all different', () => {
    const ids = Array.from({ length: 2_000 }, () => uuidv7());
    expect(ids.filter((id) => !isUuidv7(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([0, 1, Date.parse('2026-06-13T10:00:00.000Z'), 2 ** 48 - 1])(
    'made at %i ms: says so',
    (madeAtMs) => {
      const id = uuidv7(madeAtMs);
      expect(isUuidv7(id)).toBe(true);
      expect(uuidv7TimeMs(id)).toBe(madeAtMs);
    },
  );

  it('ids of later milliseconds: sort later as text', () => {
    const ids = [1, 15, 16, 255, 4_096, 1_750_000_000_000, 1_750_000_000_001].map((ms) => uuidv7(ms));
    expect([...ids].sort()).toEqual(ids);
  });

  it('the random bits: every one of them is used', () => {
    const ids = Array.from({ length: 500 }, () => uuidv7(0).replaceAll('-', ''));
    const digits = [13, 14, 15, 16, ...Array.from({ length: 15 }, (_, index) => 17 + index)];
    for (const digit of digits) {
      const seen = new Set(ids.map((id) => id.charAt(digit)));
      expect({ digit, seen: seen.size }).toEqual({ digit, seen: digit === 16 ? 4 : 16 });
    }
  });

  it.each([
    ['version 4', '9f0c0b8e-6d3f-4c62-9d2b-0a4f4b1c2d3e'],
    ['a variant of another family', '019730c6-8a5e-7000-c000-000000000000'],
    ['upper case, which is not the canonical form', '019730C6-8A5E-7000-8000-000000000000'],
    ['no hyphens', '019730c68a5e70008000000000000000'],
    ['something behind it', '019730c6-8a5e-7000-8000-000000000000\n'],
    ['nothing', ''],
  ])('%s: no UUIDv7', (_, text) => {
    expect(isUuidv7(text)).toBe(false);
  });
});
