import { parseDeadLetter } from '@orderstream/events';
import { DeadLetterTest } from './dead-letter-fixture.ts';

describe('successors of a dead record', () => {
  let test: DeadLetterTest;
  beforeEach(async () => {
    test = await DeadLetterTest.open();
  });
  afterEach(() => test.close());

  it('are parked behind it, in its slice and in later ones; follow in order once it succeeds', async () => {
    test.failing.add('a1');
    await test.send('b1', 'a1', 'a2', 'b2', 'a3');
    await test.start();
    await test.caughtUp();
    await test.send('a4', 'b3');
    await test.caughtUp();

    expect(await test.handled()).toEqual(['b1', 'b2', 'b3']);
    expect(await test.open()).toEqual([
      '1: permanent @ 0',
      '2: parked-behind @ 0',
      '4: parked-behind @ 0',
      '5: parked-behind @ 0',
    ]);
    const letters = (await test.deadLetters()).map((letter) => parseDeadLetter(letter));
    const head = { topic: test.topic.name, partition: 0, offset: 1 };
    expect(letters.map((letter) => [letter?.original.offset, letter?.parkedBehind])).toEqual([
      [1, undefined],
      [2, head],
      [4, head],
      [5, head],
    ]);

    // Handed back too early: the head dies once more, and the others are parked once more.
    await test.redrive([1, 2, 4, 5]);
    await test.caughtUp();
    expect(await test.open()).toEqual([
      '1: permanent @ 1',
      '2: parked-behind @ 1',
      '4: parked-behind @ 1',
      '5: parked-behind @ 1',
    ]);

    test.failing.clear();
    await test.redrive([1, 2]);
    await test.caughtUp();
    await test.send('a5');
    await test.caughtUp();
    // 4 and 5 are open still, so that a5 waits for them.
    expect(await test.handled()).toEqual(['b1', 'b2', 'b3', 'a1', 'a2']);
    await test.redrive([4, 5, 7]);
    await test.caughtUp();
    await test.send('a6');
    await test.caughtUp();
    expect(await test.handled()).toEqual(['b1', 'b2', 'b3', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6']);
    expect(await test.open()).toEqual([]);
    expect(await test.states()).toEqual({
      1: 'redriven',
      2: 'redriven',
      4: 'redriven',
      5: 'redriven',
      7: 'redriven',
    });
  }, 120_000);

  it('handed back before their head: parked again, in no other order', async () => {
    test.failing.add('a1');
    await test.send('a1', 'a2', 'a3');
    await test.start();
    await test.caughtUp();
    test.failing.clear();
    await test.redrive([2, 1]);
    await test.caughtUp();
    expect(await test.handled()).toEqual([]);
    await test.redrive([0, 1, 2]);
    await test.caughtUp();
    expect(await test.handled()).toEqual(['a1', 'a2', 'a3']);
  }, 90_000);

  it('of one that cannot even be read: parked, too; another instance goes on where this one stopped', async () => {
    const broken = { ...test.record('a1'), value: 'no JSON' };
    await test.sendRecords([broken, test.record('a2'), test.record('b1')]);
    await test.start();
    await test.caughtUp();
    await test.stop();
    await test.send('a3', 'b2');
    await test.start();
    await test.caughtUp();
    expect(await test.handled()).toEqual(['b1', 'b2']);
    expect(await test.open()).toEqual(['0: not-json @ 0', '1: parked-behind @ 0', '3: parked-behind @ 0']);
  }, 90_000);

  it('of a key that is no text: told apart by its bytes', async () => {
    const poison = (key: Buffer) => ({ ...test.record('a1'), key, value: 'no JSON' });
    await test.sendRecords([
      poison(Buffer.from([0xff])),
      poison(Buffer.alloc(3_000, 'k')),
      poison(Buffer.alloc(0)),
      test.record('a1'),
    ]);
    await test.start();
    await test.caughtUp();
    expect(await test.handled()).toEqual(['a1']);
    const rows = await test.shop.rows<{ record_key: Buffer }>(
      'SELECT record_key FROM shop.dead_letters ORDER BY record_offset',
    );
    expect(rows.map(({ record_key }) => record_key)).toEqual([
      Buffer.from([0xff]),
      Buffer.alloc(3_000, 'k'),
      Buffer.alloc(0),
    ]);
  }, 90_000);
});

it('a topic in which order does not matter: nothing is parked', async () => {
  const test = await DeadLetterTest.open({ ordered: false });
  try {
    test.failing.add('a1');
    await test.send('a1', 'a2');
    await test.start();
    await test.caughtUp();
    await test.send('a3');
    await test.caughtUp();
    expect(await test.handled()).toEqual(['a2', 'a3']);
    test.failing.clear();
    await test.redrive([0]);
    await test.caughtUp();
    expect(await test.handled()).toEqual(['a2', 'a3', 'a1']);
    expect(await test.open()).toEqual([]);
  } finally {
    await test.close();
  }
}, 90_000);
