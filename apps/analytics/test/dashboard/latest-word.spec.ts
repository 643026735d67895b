import { setTimeout as sleep } from 'node:timers/promises';
import { LatestWord, type Word } from '../../src/dashboard/page/latest-word.ts';

describe('what the stream says', () => {
  let told: Word[];
  let latest: LatestWord;
  beforeEach(() => {
    told = [];
    latest = new LatestWord((word) => told.push(word));
  });

  const said = async (...words: Word[]): Promise<Word[]> => {
    for (const word of words) latest.say(word);
    // A timer as long as the one that is waited for, and set behind it, runs out behind it.
    await sleep();
    return told;
  };
  const snapshot = (data: string): Word => ({ event: 'snapshot', data });
  const current: Word = { event: 'current', data: '{}' };
  const trouble: Word = { event: 'trouble', data: '{}' };

  it('several snapshots before the page has time: it shows the last one only', async () => {
    expect(await said(snapshot('1'), snapshot('2'), snapshot('3'))).toEqual([snapshot('3')]);
    expect(await said(snapshot('4'))).toEqual([snapshot('3'), snapshot('4')]);
  });

  it('“still current” behind a snapshot: the snapshot is shown', async () => {
    expect(await said(snapshot('1'), current)).toEqual([snapshot('1')]);
    expect(await said(current)).toEqual([snapshot('1'), current]);
  });

  it('trouble behind a snapshot, and a snapshot behind trouble: the last one counts', async () => {
    expect(await said(snapshot('1'), trouble)).toEqual([trouble]);
    expect(await said(trouble, snapshot('2'))).toEqual([trouble, snapshot('2')]);
  });

  it('the connection is gone: what was not shown is forgotten', async () => {
    latest.say(snapshot('1'));
    latest.forget();
    expect(await said()).toEqual([]);
  });
});
