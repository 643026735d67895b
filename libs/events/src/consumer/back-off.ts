const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/** How long to wait after `failures` failures in a row, ms: doubled each time up to 5 s, half of it random so that a fleet spreads out. */
export function backOffMs(failures: number): number {
  const capMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10));
  return Math.round(capMs / 2 + (Math.random() * capMs) / 2);
}
