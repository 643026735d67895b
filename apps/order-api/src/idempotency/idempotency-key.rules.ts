const MAX_LENGTH = 255;
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;

/** What the `Idempotency-Key` header says. */
export type IdempotencyKey =
  { readonly kind: 'none' } | { readonly kind: 'key'; readonly key: string } | { readonly kind: 'invalid' };

/** Reads the header. A key is opaque: it is neither unquoted nor trimmed beyond what HTTP itself does. */
export function readIdempotencyKey(header: string | string[] | undefined): IdempotencyKey {
  if (header === undefined) return { kind: 'none' };
  const isKey = typeof header === 'string' && header.length <= MAX_LENGTH && PRINTABLE_ASCII.test(header);
  return isKey ? { kind: 'key', key: header } : { kind: 'invalid' };
}
