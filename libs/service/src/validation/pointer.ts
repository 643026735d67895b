/**
 * A JSON Pointer as a URI fragment (RFC 6901 §6), the form RFC 9457's `errors[].pointer` has: `#/items/0/sku`.
 * Lone surrogates in a member's name become U+FFFD, because a URI cannot carry them.
 */
export function fragmentPointer(tokens: readonly (string | number)[]): string {
  return asFragment(tokens.map((token) => `/${escapeToken(String(token))}`).join(''));
}

/** The same for a pointer that is already in plain form (`/a~1b`). */
export function asFragment(pointer: string): string {
  return `#${encodeURI(pointer.toWellFormed()).replaceAll('#', '%23')}`;
}

/** RFC 6901 §3: `~` first, or `/` would become `~01`. */
export function escapeToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}
