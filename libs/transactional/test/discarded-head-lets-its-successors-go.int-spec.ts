import { DeadLetterTest } from './dead-letter-fixture.ts';

describe('a dead record is discarded on purpose', () => {
  let test: DeadLetterTest;
  beforeEach(async () => {
    test = await DeadLetterTest.open();
    test.failing.add('a1');
    await test.send('a1', 'a2', 'a3');
    await test.start();
    await test.caughtUp();
  });
  afterEach(() => test.close());

  it('its successors are handed back: they follow in order without it, and what came meanwhile waited for them', async () => {
    await test.redrive([0], 'discarded');
    await test.caughtUp();
    await test.send('a4');
    await test.caughtUp();
    expect(await test.open()).toEqual([
      '1: parked-behind @ 0',
      '2: parked-behind @ 0',
      '3: parked-behind @ 0',
    ]);
    await test.redrive([1, 2, 3]);
    await test.caughtUp();
    await test.send('a5');
    await test.caughtUp();
    expect(await test.handled()).toEqual(['a2', 'a3', 'a4', 'a5']);
    expect(await test.open()).toEqual([]);
    expect(await test.states()).toEqual({ 0: 'discarded', 1: 'redriven', 2: 'redriven', 3: 'redriven' });
  }, 120_000);

  it('its successors with it: the next record of the key is handled at once', async () => {
    await test.redrive([0, 1, 2], 'discarded');
    await test.caughtUp();
    await test.send('a4');
    await test.caughtUp();
    expect(await test.handled()).toEqual(['a4']);
    expect(await test.states()).toEqual({ 0: 'discarded', 1: 'discarded', 2: 'discarded' });
  }, 120_000);

  it('while another operator hands it back: whose record comes first on the retry topic decides, and the log says the same', async () => {
    test.failing.clear();
    await Promise.all([test.redrive([0], 'discarded'), test.redrive([0])]);
    await test.caughtUp();
    expect(await test.open()).toEqual(['1: parked-behind @ 0', '2: parked-behind @ 0']);
    const handled = await test.handled();
    expect(await test.states()).toMatchObject({ 0: handled.length === 1 ? 'redriven' : 'discarded' });
  }, 120_000);
});
