/** What stands where a contact detail was. */
export const MASK = '•••';

const CONTACT_KEYS = new Set(['contact', 'email', 'phone', 'name', 'recipient', 'to']);
/** Looks like an address and is none: RFC 5322 ids, which tell nothing of the customer. */
const PLAIN_KEYS = new Set(['message_id']);
/** An address lies within one of these. */
const WORD = /[^\s"'<>,;()]+/g;
/** E.164. */
const PHONE = /\+\d{7,15}\b/g;
/** In JSON that is broken: a text under one of the keys, also one that never ends. */
const UNDER_KEY = new RegExp(`("(?:${[...CONTACT_KEYS].join('|')})"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*`, 'gs');

/** A JSON value without contact details: whatever stands under `contact`, `email`, `phone`, `name` or `recipient`, and addresses in any text. */
export function withoutContacts(value: unknown): unknown {
  if (typeof value === 'string') return textWithoutContacts(value);
  if (Array.isArray(value)) return value.map(withoutContacts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      CONTACT_KEYS.has(key) ? hidden(member) : PLAIN_KEYS.has(key) ? member : withoutContacts(member),
    ]),
  );
}

/** The same for text that is no JSON: what looks like an address or a number, and what stands behind the name of one as in JSON. */
export function textWithoutContacts(text: string): string {
  return text.replace(UNDER_KEY, `$1${MASK}`).replace(WORD, withoutAddress).replace(PHONE, MASK);
}

/**
 * Masks from where an address begins to the end of the word; what stands before a colon (`mailto:`) is no part of it. Not by a pattern:
 * it would try each beginning anew, and be busy with a megabyte without white space for a quarter of an hour.
 */
function withoutAddress(word: string): string {
  for (let at = word.indexOf('@', 1); at !== -1 && at < word.length - 1; at = word.indexOf('@', at + 1)) {
    if (word[at - 1] !== ':') return word.slice(0, word.lastIndexOf(':', at) + 1) + MASK;
  }
  return word;
}

/** Which details there are may be seen, only not what they are. */
function hidden(value: unknown): unknown {
  if (value === null || value === undefined) return value;
  if (Array.isArray(value)) return value.map(hidden);
  if (typeof value !== 'object') return MASK;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, hidden(member)]));
}
