import { jobReport, type JobSummary } from '../../src/dlq/job-report.ts';
import { letterTable, type Letter } from '../../src/dlq/letter.ts';
import { previewLines } from '../../src/dlq/preview.ts';
import type { JobResult } from '../../src/dlq/redrive-job.ts';
import { detailLines } from '../../src/dlq/show-letter.ts';
import { letter, letterRecord } from './letters.ts';

const CLIPBOARD = '\x1b]52;c;Y3VybA==\x07';
const EVIL = `${CLIPBOARD}\x1b[2J\u202e\u009b`;
const VISIBLE = '\\u001b]52;c;Y3VybA==\\u0007\\u001b[2J\\u202e\\u009b';

/** Whatever a stranger may have written says it. */
function evilLetter(): Letter {
  const plain = letter({ offset: 1, key: EVIL, reason: EVIL });
  const { standing } = plain;
  return {
    ...plain,
    eventType: EVIL,
    standing: { ...standing, letter: { ...standing.letter, errorMessage: EVIL, errorClass: EVIL } },
  };
}

function evilRecord() {
  const headers = {
    ...letterRecord({ of: { group: 'worker', topic: 'orders' }, offset: 1 }).headers,
    ...{ 'event-type': EVIL, 'dlq-error-stack': `Error: ${EVIL}\n    at a (b.js:1)`, [EVIL]: EVIL },
  };
  return {
    ...{ topic: 'orders.worker.dlq', partition: 0, offset: 7, timestampMs: 0, key: Buffer.from(EVIL) },
    value: Buffer.from(`not json\n${EVIL}`),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, Buffer.from(String(value))]),
    ),
  };
}

function expectVisible(lines: readonly string[]): void {
  const text = lines.join('\n');
  expect(text).toContain(VISIBLE);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
}

describe('escape codes in a record', () => {
  const evil = evilLetter();

  it('in a list', () => {
    expectVisible(letterTable([evil]));
  });

  it('on the page of one letter: in its facts, stack, headers, value, and what waits behind it', () => {
    const record = evilRecord();
    for (const value of [record.value, Buffer.from(JSON.stringify({ [EVIL]: EVIL }))]) {
      const lines = detailLines(
        {
          letter: evil,
          record: { ...record, value },
          history: [record],
          waiting: [evil],
          settled: new Map(),
        },
        {},
      );
      expectVisible(lines);
      expect(lines).toContain('      at a (b.js:1)');
    }
  });

  it('in what is asked about, and in the report', () => {
    const refused = [{ id: 'orders/0/9', group: 'worker', why: EVIL }];
    expectVisible(previewLines([{ letter: evil, kind: 'redriven' }], [], refused));
    const summary: JobSummary = {
      ...{ job: { id: 'job', by: 'ada', why: 'mended', rate: 1 } },
      ...{ isDryRun: false, planned: [], refused: [] },
    };
    const result: JobResult = {
      ...{ done: [], diedAgain: [evil], overtaken: [], stillParked: [], outstanding: [] },
      ...{ isSettled: true, isStopped: false, brokenOff: undefined },
    };
    expectVisible(jobReport(summary, result));
  });
});
