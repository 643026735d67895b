import { TELLING } from '../../../src/test-run/steps.ts';

/** Says how far a test is. Not through `console`, which Jest keeps until the file is done. */
export function tell(line: string): void {
  process.stderr.write(`${TELLING}${line}\n`);
}
