/** The default alphabet of GSM 03.38, and the characters of its extension table, which take two septets each. */
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿' +
    'abcdefghijklmnopqrstuvwxyzäöñüà',
);
const EXTENDED = new Set('\f^{}\\[~]|€');

/**
 * How many SMS a text is sent as: 160 septets fit one, 153 each of several; a character outside GSM 03.38 makes it UCS-2 with 70
 * and 67 code units. (A pair that a segment's end would split is not accounted for; providers differ there.)
 */
export function countSegments(body: string): number {
  const septets = countSeptets(body);
  return septets === undefined ? segments(body.length, 70, 67) : segments(septets, 160, 153);
}

function countSeptets(body: string): number | undefined {
  let septets = 0;
  for (const character of body) {
    if (BASIC.has(character)) septets += 1;
    else if (EXTENDED.has(character)) septets += 2;
    else return undefined;
  }
  return septets;
}

function segments(units: number, single: number, each: number): number {
  return units <= single ? 1 : Math.ceil(units / each);
}
