/** `FAULTS_SCALE`: 1 is the full size, 0.01 a hundredth of it. */
const scale = Number(process.env['FAULTS_SCALE'] || 1);
if (!(scale > 0))
  throw new Error(`FAULTS_SCALE must be a number above 0, not ${process.env['FAULTS_SCALE']}`);

/** `count` at full size, at least `least`. */
export function scaled(count: number, least = 1): number {
  return Math.max(least, Math.round(count * scale));
}

/** A deadline that fits the size: `perUnit` ms for each of `count`, and what it takes to begin at all. */
export function deadlineFor(count: number, perUnitMs: number): number {
  return 180_000 + count * perUnitMs;
}
