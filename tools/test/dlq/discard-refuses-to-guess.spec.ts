import { planDiscard } from '../../src/dlq/plan-discard.ts';
import { letter } from './letters.ts';

describe('what a discard gives up', () => {
  const head = letter({ offset: 1, key: 'a' });
  const second = letter({ offset: 3, key: 'a', behind: 1 });
  const failed = letter({ offset: 5, key: 'a', reason: 'not-json' });
  const last = letter({ offset: 7, key: 'a', behind: 1 });

  it('a head: what it leaves behind is named, as far as the next one that failed by itself', () => {
    const plan = planDiscard([last, failed, second, head], { state: 'open', ids: [head.id] });
    expect(plan).toEqual({ discard: [head], successors: [second] });
  });

  it('the last one, or one in the middle: nobody is left without a head', () => {
    expect(planDiscard([head, second, last], { state: 'open', ids: [second.id] })).toEqual({
      discard: [second],
      successors: [],
    });
  });

  it('left behind by a job that was stopped after the head: the same command takes them up', () => {
    const gone = letter({ offset: 1, key: 'a', state: 'discarded' });
    const other = letter({ offset: 2, key: 'b', reason: 'permanent' });
    const letters = [gone, other, second, failed, last];
    expect(planDiscard(letters, { state: 'open', ids: [gone.id] })).toEqual({
      discard: [],
      successors: [second],
    });
    expect(planDiscard(letters, { state: 'open', reasons: ['permanent'] })).toEqual({
      discard: [other],
      successors: [],
    });
  });

  it('all of a key: nobody is left', () => {
    expect(planDiscard([head, second, failed, last], { state: 'open', keys: ['a'] })).toEqual({
      discard: [head, second, failed, last],
      successors: [],
    });
  });
});
