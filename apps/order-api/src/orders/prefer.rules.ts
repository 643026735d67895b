/** Nobody is kept waiting for longer, s. */
const MAX_WAIT_SECONDS = 30;

/**
 * One preference of RFC 7240 §2: a token, perhaps with a value, perhaps with parameters. Text that is never closed reaches to the end: the
 * search would begin anew at each quote in it.
 */
const PREFERENCE = /(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|[^,"])+/g;
const WAIT = /^\s*wait\s*=\s*(?:(\d{1,9})|"(\d{1,9})")\s*(?:;|$)/i;
const NAME = /^\s*([^\s=;]+)/;

/**
 * How many seconds the caller would wait for the outcome, by `Prefer: wait=N` (RFC 7240); at most 30. 0 when it would not, or says
 * it in a way that must be ignored. Of several the first one counts.
 */
export function preferredWaitSeconds(header: string | string[] | undefined): number {
  if (header === undefined) return 0;
  for (const preference of [header].flat().join(',').match(PREFERENCE) ?? []) {
    if (NAME.exec(preference)?.[1]?.toLowerCase() !== 'wait') continue;
    const [, plain, quoted] = WAIT.exec(preference) ?? [];
    return Math.min(Number(plain ?? quoted ?? 0), MAX_WAIT_SECONDS);
  }
  return 0;
}
