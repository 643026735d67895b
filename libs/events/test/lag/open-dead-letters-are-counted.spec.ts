import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { KafkaMessage } from 'kafkajs';
import { originalOf } from '../../src/dead-letter/dead-letter.ts';
import { LetterCensus } from '../../src/dead-letter/letter-census.ts';
import { standingsIn } from '../../src/dead-letter/standing.ts';
import { retryRecord } from '../../src/dead-letter/retry-record.ts';
import { arrived, letterAgain, letterOf, resolutionOf } from '../support/letters.ts';
import { record } from '../support/records.ts';

const run = promisify(execFile);

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

it('whatever happens to letters, in whatever order: the counts are those of the whole standings', () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const log = anyLog(seed, 3_000);
    const census = new LetterCensus();
    for (const one of log) census.note(one);
    const open = [...standingsIn(log).values()].filter(({ state }) => state === 'open');
    const expected = Map.groupBy(open, ({ letter }) => letter.reason);
    expect(Object.fromEntries(census.counts().map(({ reason, count }) => [reason, count]))).toEqual(
      Object.fromEntries([...expected].map(([reason, { length }]) => [reason, length])),
    );
    // What has not expired is counted as if the rest had never been there.
    census.forgetBefore(4, 2_000);
    const left = open.filter(({ letterOffset }) => letterOffset >= 2_000);
    expect(census.counts().reduce((sum, { count }) => sum + count, 0)).toBe(left.length);
  }
});

// In a process of its own: in this one the memory is everybody's.
it('a flood of letters: each costs some 30 bytes, and none once it is closed', async () => {
  const script = fileURLToPath(new URL('../support/flood-of-letters.ts', import.meta.url));
  const args = ['--conditions=@orderstream/source', '--expose-gc', script, '200000'];
  const { stdout } = await run(process.execPath, args, { timeout: 100_000 });
  const { bytesWhileOpen, bytesOnceClosed } = JSON.parse(stdout) as Record<string, number>;
  expect(bytesWhileOpen).toBeLessThan(60);
  expect(bytesOnceClosed).toBeLessThan(20);
}, 120_000);

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

/** The same said of another record of the partition, at `logOffset` of the dead-letter topic. */
function at(said: KafkaMessage, originalOffset: number, logOffset: number): KafkaMessage {
  const headers = { ...said.headers, 'dlq-original-offset': Buffer.from(String(originalOffset)) };
  return { ...said, headers, offset: String(logOffset) } as KafkaMessage;
}

/** What may stand in a dead-letter topic, and some things that may not. */
function anyLog(seed: number, length: number): KafkaMessage[] {
  let state = seed;
  const below = (limit: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * limit);
  };
  const kinds = [
    () => dead,
    () => other,
    () => again,
    () => redriven(below(4)),
    () => resolutionOf(other, 0, { kind: 'discarded', redriveCount: below(3) }),
  ];
  return Array.from({ length }, (_, logOffset) =>
    at((kinds[below(kinds.length)] as () => KafkaMessage)(), below(1_500), logOffset),
  );
}
