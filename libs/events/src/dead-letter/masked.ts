/** What encloses a value in an error's message: quotes of any kind, and PostgreSQL's `Key (email)=(…)`. */
const ENCLOSED: readonly [RegExp, string][] = [
  [/"(?:.*"|.*$)/s, '"…"'],
  [/`(?:.*`|.*$)/s, '`…`'],
  // An apostrophe inside a word encloses nothing.
  [/(?<!\w)'(?:.*'(?!\w)|.*$)/s, "'…'"],
  [/=\((?:.*\)|.*$)/s, '=(…)'],
];

/**
 * An error's message without what stands in quotes, which tends to be a payload's value. From the first quote to the last one, since a
 * value may hold quotes itself; to the end, where the last one is missing.
 */
export function masked(message: string): string {
  return ENCLOSED.reduce((text, [enclosed, mask]) => text.replace(enclosed, mask), message);
}
