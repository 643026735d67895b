import { countSegments } from '../src/sms/count-segments.ts';

describe('a text message is counted in segments', () => {
  it.each([
    ['nothing', '', 1],
    ['160 plain characters', 'a'.repeat(160), 1],
    ['161 plain characters', 'a'.repeat(161), 2],
    ['306 plain characters', 'a'.repeat(306), 2],
    ['307 plain characters', 'a'.repeat(307), 3],
    ['80 euro signs, two septets each', '€'.repeat(80), 1],
    ['81 euro signs', '€'.repeat(81), 2],
    ['70 characters outside GSM 03.38', 'ł'.repeat(70), 1],
    ['71 of them', 'ł'.repeat(71), 2],
    ['35 emoji, two code units each', '🎉'.repeat(35), 1],
    ['36 emoji', '🎉'.repeat(36), 2],
    ['one such character among plain ones', `${'a'.repeat(70)}ł`, 2],
    ['umlauts, which GSM 03.38 has', 'äöüßÄÖÜ'.repeat(20), 1],
  ])('%s', (_name, body, expected) => expect(countSegments(body)).toBe(expected));
});
