import { constants } from 'node:buffer';
import { jobReport } from '../../src/dlq/job-report.ts';
import { letterDocument, letterTable, type Letter } from '../../src/dlq/letter.ts';
import { jsonLines } from '../../src/dlq/long-output.ts';
import type { JobResult } from '../../src/dlq/redrive-job.ts';
import { letter } from './letters.ts';

/** More than a call has arguments. */
const MANY = 200_000;
const letters = new Array(MANY).fill(letter({ offset: 1 })) as Letter[];

describe('hundred thousands of letters', () => {
  it('in a table: as wide as the widest', () => {
    const wide = letter({ offset: 123_456_789 });
    const lines = letterTable([...letters, wide]);
    expect(lines).toHaveLength(MANY + 2);
    expect(lines[0]).toMatch(new RegExp(`^RECORD {${wide.id.length - 'RECORD'.length + 2}}GROUP`));
  });

  it('that died again: the report says what was done, and names some', () => {
    const result: JobResult = {
      ...{ done: [], diedAgain: letters, overtaken: [], stillParked: [], outstanding: [] },
      ...{ isSettled: true, isStopped: false, brokenOff: undefined },
    };
    const job = { id: 'job', by: 'ada', why: 'mended', rate: 1 };
    const lines = jobReport({ job, isDryRun: false, planned: [], refused: [] }, result);
    expect(lines).toContain(`${MANY} died again:`);
    expect(lines.length).toBeLessThan(100);
    expect(lines.at(-1)).toBe(`… and ${MANY - 50} more: \`orderstream dlq list\` counts them`);
  });

  it.each([
    [{ total: 0, counts: [], letters: [] }],
    [
      {
        total: 2,
        counts: [{ count: 2 }],
        letters: [letterDocument(letter({ offset: 1 })), { nested: [[1], {}] }],
      },
    ],
    [{ list: ['a\nb'], none: null, inner: { list: [1] } }],
  ])('as JSON, %j: what JSON.stringify says', (document) => {
    expect([...jsonLines(document)].join('\n')).toBe(JSON.stringify(document, null, 2));
  });

  it('as JSON: longer than a string may be', () => {
    const text = 'x'.repeat(2 ** 23);
    const count = constants.MAX_STRING_LENGTH / text.length + 1;
    const items = function* (): Generator<string> {
      for (let at = 0; at < count; at += 1) yield text;
    };
    let length = 0;
    for (const line of jsonLines({ letters: items() })) length += line.length;
    expect(length).toBeGreaterThan(constants.MAX_STRING_LENGTH);
  }, 60_000);
});
