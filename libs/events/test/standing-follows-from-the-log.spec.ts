import type { KafkaMessage } from 'kafkajs';
import { retryRecord, standingsIn, type Standing } from '../src/index.ts';
import { arrived, letterAgain, letterOf, resolutionOf } from './support/letters.ts';
import { record } from './support/records.ts';

const KEY = 'orders/4/17';
const dead = letterOf(record(17), 0);
const deadAgain = letterAgain(arrived(retryRecord(dead), 90), 0, { message: 'again' });
const redriven = (redriveCount: number, retryOffset?: number) =>
  resolutionOf(dead, 0, {
    kind: 'redriven',
    redriveCount,
    ...(retryOffset === undefined ? {} : { retryOffset }),
  });
const discarded = (redriveCount: number, retryOffset?: number) =>
  resolutionOf(dead, 0, {
    kind: 'discarded',
    redriveCount,
    ...(retryOffset === undefined ? {} : { retryOffset }),
  });

/** The records in a row, at the offsets 0, 1, 2 … */
function log(...records: KafkaMessage[]): KafkaMessage[] {
  return records.map((one, offset) => ({ ...one, offset: String(offset) }));
}

function standingOf(...records: KafkaMessage[]): Standing | undefined {
  return standingsIn(log(...records)).get(KEY);
}

describe('a record’s standing', () => {
  it.each<[string, Standing['state'], KafkaMessage[]]>([
    ['died', 'open', [dead]],
    ['died, written twice', 'open', [dead, dead]],
    ['died, redriven', 'redriven', [dead, redriven(1)]],
    ['died, written twice, redriven', 'redriven', [dead, dead, redriven(1)]],
    ['died, redriven by two operators', 'redriven', [dead, redriven(1), redriven(1)]],
    ['died, discarded', 'discarded', [dead, discarded(0)]],
    ['died, redriven, died again', 'open', [dead, redriven(1), deadAgain]],
    [
      'died again before the operator could write that it was redriven',
      'open',
      [dead, deadAgain, redriven(1)],
    ],
    ['died twice, redriven twice', 'redriven', [dead, redriven(1), deadAgain, redriven(2)]],
    ['died twice, discarded', 'discarded', [dead, redriven(1), deadAgain, discarded(1)]],
    [
      'died again while another operator discarded the first death',
      'open',
      [dead, redriven(1), deadAgain, discarded(0)],
    ],
    ['died anew after a resolution: set back, or restored', 'open', [dead, redriven(1), dead]],
    ['the same, after two deaths', 'open', [dead, redriven(1), deadAgain, redriven(2), dead]],
    [
      'the same, redriven with one more than the highest count',
      'redriven',
      [dead, redriven(1), deadAgain, redriven(2), dead, redriven(2)],
    ],
    [
      'the redriven record came first on the retry topic, the discard found nothing',
      'redriven',
      [dead, discarded(0, 6), redriven(1, 5)],
    ],
    ['the discard came first on the retry topic', 'discarded', [dead, redriven(1, 6), discarded(0, 5)]],
    [
      'a resolution that does not say where: the first one in the log',
      'discarded',
      [dead, discarded(0), redriven(1)],
    ],
  ])('%s: %s', (_, state, records) => {
    expect(standingOf(...records)).toMatchObject({ state });
  });

  it('the newest letter, where it lies, where the first lay, and the highest count', () => {
    const standing = standingOf(dead, redriven(1), deadAgain);
    expect(standing).toMatchObject({
      letter: { errorMessage: 'again', redriveCount: 1 },
      letterOffset: 2,
      firstLetterOffset: 0,
      redriveCount: 1,
      resolution: undefined,
    });
    expect(standingOf(dead, redriven(1), deadAgain, redriven(2), dead)).toMatchObject({
      letter: { errorMessage: 'no such product', redriveCount: 0 },
      letterOffset: 4,
      redriveCount: 1,
    });
  });

  it('closed: by whom, when and why', () => {
    expect(standingOf(dead, discarded(0))?.resolution).toMatchObject({ kind: 'discarded', by: 'ada' });
  });

  it('others’ records, and a resolution whose letter the log no longer holds: nothing', () => {
    expect(standingsIn(log(record(1, { value: 'x' }), redriven(1)))).toEqual(new Map());
  });

  it('several originals: each its own', () => {
    const other = letterOf(record(18), 0);
    const standings = standingsIn(log(dead, other, discarded(0)));
    expect([...standings].map(([key, { state }]) => [key, state])).toEqual([
      [KEY, 'discarded'],
      ['orders/4/18', 'open'],
    ]);
  });
});
