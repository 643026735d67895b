import { majorVersion } from '../../src/platform/java.ts';

describe('majorVersion', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['openjdk version "25" 2025-09-16 LTS', 25],
    ['java version "1.8.0_412"', 8],
    ['openjdk version "21-ea" 2023-09-19', 21],
  ])('%s: %i', (output, major) => {
    expect(majorVersion(output)).toBe(major);
  });

  it('an unknown format: undefined, so that it is tried rather than refused', () => {
    expect(majorVersion('Graal something')).toBeUndefined();
  });
});
