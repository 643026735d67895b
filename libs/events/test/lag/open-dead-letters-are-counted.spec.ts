import type { KafkaMessage } from 'kafkajs';
import { originalOf } from '../../src/dead-letter/dead-letter.ts';
import { LetterCensus } from '../../src/dead-letter/letter-census.ts';
import { standingsIn } from '../../src/dead-letter/standing.ts';
import { retryRecord } from '../../src/dead-letter/retry-record.ts';
import { arrived, letterAgain, letterOf, resolutionOf } from '../support/letters.ts';
import { record } from '../support/records.ts';

const dead = letterOf(record(17), 0);
const other = letterOf(record(18), 0, { reason: 'contract-violated' });
const again = letterAgain(arrived(retryRecord(dead), 90), 0);
const redriven = (redriveCount: number) => resolutionOf(dead, 0, { kind: 'redriven', redriveCount });
const discarded = resolutionOf(other, 0, { kind: 'discarded', redriveCount: 0 });

const logs: [string, KafkaMessage[], Record<string, number>][] = [
  ['two of different reasons', [dead, other], { permanent: 1, 'contract-violated': 1 }],
  ['a double', [dead, dead], { permanent: 1 }],
  ['one redriven, one discarded', [dead, other, redriven(1), discarded], {}],
  ['one that died again', [dead, redriven(1), again], { permanent: 1 }],
  ['one that died again and was redriven once more', [dead, redriven(1), again, redriven(2)], {}],
  ['a resolution of an earlier death', [dead, redriven(1), again, redriven(1)], { permanent: 1 }],
  ['a stranger’s record', [record(3)], {}],
];

it.each(logs)('%s: counted as they stand', (_, records, expected) => {
  const log = records.map((one, offset) => ({ ...one, offset: String(offset) }));
  const census = new LetterCensus();
  for (const one of log) census.note(one);
  expect(Object.fromEntries(census.counts().map(({ reason, count }) => [reason, count]))).toEqual(expected);
  // The whole standings say the same.
  const open = [...standingsIn(log).values()].filter(({ state }) => state === 'open');
  expect(open).toHaveLength(Object.values(expected).reduce((sum, count) => sum + count, 0));
});

it('letters that have expired: are open no longer, in their partition only', () => {
  const census = new LetterCensus();
  const log = [dead, other].map((one, offset) => ({ ...one, offset: String(offset) }));
  for (const one of log) census.note(one);
  const { partition } = originalOf(dead) as { partition: number };
  census.forgetBefore(partition + 1, 2);
  expect(census.counts()).toHaveLength(2);
  census.forgetBefore(partition, 1);
  expect(census.counts()).toEqual([{ reason: 'contract-violated', count: 1 }]);
});
