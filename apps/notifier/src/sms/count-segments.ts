/** The default alphabet of GSM 03.38, and the characters of its extension table, which take two septets each. */
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿' +
    'abcdefghijklmnopqrstuvwxyzäöñüà',
);
const EXTENDED = new Set('\f^{}\\[~]|€');

/**
 * How many SMS a text is sent, and paid, as: 160 septets fit one, 153 each of several; a character outside GSM 03.38 makes it UCS-2 with
 * 70 and 67 code units. A character of two units is not split between two.
 */
export function countSegments(body: string): number {
  const characters = Array.from(body);
  const septets = characters.map((character) => (BASIC.has(character) ? 1 : EXTENDED.has(character) ? 2 : 0));
  return septets.includes(0)
    ? segments(
        characters.map((character) => character.length),
        70,
        67,
      )
    : segments(septets, 160, 153);
}

function segments(units: readonly number[], single: number, each: number): number {
  const total = units.reduce((sum, unit) => sum + unit, 0);
  if (total <= single) return 1;
  let count = 1;
  let filled = 0;
  for (const unit of units) {
    if (filled + unit > each) {
      count += 1;
      filled = 0;
    }
    filled += unit;
  }
  return count;
}
