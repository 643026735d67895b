import { ageText } from '../../src/dashboard/page/age.rules.ts';

it.each([
  [0, '0.0 s ago'],
  [449, '0.4 s ago'],
  [12_400, '12 s ago'],
  [180_000, '3 min ago'],
  [3 * 3_600_000, '3 h ago'],
])('%i ms: %s', (ms, text) => expect(ageText(ms)).toBe(text));
