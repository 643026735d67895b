import { DeadLetterTest } from './dead-letter-fixture.ts';

it('a key waits behind its dead record: twenty others go on, each in its order, and the position passes all of them', async () => {
  const test = await DeadLetterTest.open();
  try {
    const keys = [...'abcdefghijklmnopqrstu'];
    const rounds = Array.from({ length: 30 }, (_, round) => keys.map((key) => `${key}${round}`));
    test.failing.add('a0');
    await test.start();
    for (const round of rounds) await test.send(...round);
    await test.caughtUp();

    const handled = await test.handled();
    const byKey = Map.groupBy(handled, (label) => label.slice(0, 1));
    expect([...byKey.keys()].sort()).toEqual(keys.slice(1));
    for (const [key, labels] of byKey) expect(labels).toEqual(rounds.map((_, round) => `${key}${round}`));
    expect(await test.open()).toEqual([
      '0: permanent @ 0',
      ...rounds.slice(1).map((_, index) => `${(index + 1) * keys.length}: parked-behind @ 0`),
    ]);
    expect(await test.position(test.topic.name)).toBe(30 * 21);
  } finally {
    await test.close();
  }
}, 120_000);
