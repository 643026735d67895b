/**
 * `text` as one line that a terminal shows and does not obey: what others wrote into a record must not move the cursor, reach the
 * clipboard or turn the line around. White space becomes a space, any other control character its escape as in JSON (`\u001b`).
 * Text that breaks its lines itself is split first.
 */
export function visibleText(text: string): string {
  return text.replace(/[\t-\r\u0085]+/g, ' ').replace(/[\p{Cc}\p{Bidi_Control}]/gu, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
