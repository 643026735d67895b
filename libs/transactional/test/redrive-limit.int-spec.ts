import { parseDeadLetter, REDRIVE_LIMIT, retryRecord } from '@orderstream/events';
import type { KafkaMessage } from 'kafkajs';
import { DeadLetterTest } from './dead-letter-fixture.ts';

describe('a record that was handed back too often', () => {
  let test: DeadLetterTest;
  beforeEach(async () => {
    test = await DeadLetterTest.open();
    test.failing.add('a1');
    await test.send('a1', 'a2');
    await test.start();
    await test.caughtUp();
  });
  afterEach(() => test.close());

  /** Hands the record back with each of the counts up to `last`. */
  async function handBack(index: number, last: number): Promise<void> {
    const letter = (await test.deadLetters())[index] as KafkaMessage;
    const counts = Array.from({ length: last }, (_, count) => count + 1);
    await test.sendRecords(counts.map((redriveCount) => retryRecord(letter, { redriveCount })));
    await test.caughtUp();
  }

  it('is not handled any more, but stays open and holds its successors', async () => {
    test.asked.length = 0;
    await handBack(0, REDRIVE_LIMIT + 1);
    expect(test.asked).toEqual(Array.from({ length: REDRIVE_LIMIT }, () => 'a1'));
    const letters = (await test.deadLetters()).map((record) => parseDeadLetter(record));
    const ofHead = letters.filter((letter) => letter?.original.offset === 0);
    expect(ofHead.map((letter) => [letter?.redriveCount, letter?.reason])).toEqual([
      ...Array.from({ length: REDRIVE_LIMIT + 1 }, (_, count) => [count, 'permanent']),
      [REDRIVE_LIMIT + 1, 'redrive-limit'],
    ]);
    expect(await test.open()).toEqual([`0: redrive-limit @ ${REDRIVE_LIMIT + 1}`, '1: parked-behind @ 0']);

    test.failing.clear();
    await test.redrive([0], 'discarded');
    await test.redrive([1]);
    await test.caughtUp();
    expect(await test.handled()).toEqual(['a2']);
  }, 120_000);

  it('unless it was only parked: its turn has not come yet', async () => {
    await handBack(1, REDRIVE_LIMIT + 1);
    expect(await test.open()).toEqual(['0: permanent @ 0', `1: parked-behind @ ${REDRIVE_LIMIT + 1}`]);
    test.failing.clear();
    await test.redrive([0, 1]);
    await test.caughtUp();
    expect(await test.handled()).toEqual(['a1', 'a2']);
  }, 120_000);
});
