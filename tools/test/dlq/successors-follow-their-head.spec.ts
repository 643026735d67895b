import { planRedrive } from '../../src/dlq/plan-redrive.ts';
import type { Selection } from '../../src/dlq/selection.ts';
import { letter } from './letters.ts';

const open: Selection = { state: 'open' };
const ids = (...wanted: string[]): Selection => ({ ...open, ids: wanted });

describe('what a redrive sends', () => {
  const head = letter({ offset: 1, key: 'a' });
  const second = letter({ offset: 3, key: 'a', behind: 1 });
  const third = letter({ offset: 7, key: 'a', behind: 1 });
  const other = letter({ offset: 2, key: 'b' });

  it('a head: what was parked behind it follows, in the order it was written, whatever order it is found in', () => {
    const plan = planRedrive([third, other, second, head], ids(head.id), 5);
    expect(plan.send).toEqual([head, second, third]);
    expect(plan.followers).toEqual([second, third]);
    expect(plan.refused).toEqual([]);
  });

  it('a parked one whose head is not selected: refused, and the head is named', () => {
    const plan = planRedrive([head, second, third], ids(third.id), 5);
    expect(plan.send).toEqual([]);
    expect(plan.refused).toEqual([
      { letter: third, why: 'waits behind orders/0/1: redrive or discard that one first' },
    ]);
  });

  it('another one of the key that failed by itself: not taken along, nor what waits behind it', () => {
    const failed = letter({ offset: 5, key: 'a', reason: 'not-json' });
    expect(planRedrive([head, second, failed, third], ids(head.id), 5).send).toEqual([head, second]);
    expect(planRedrive([head, second, failed, third], open, 5).send).toEqual([head, second, failed, third]);
  });

  it('one that came back as often as is allowed: refused by name, and what waits behind it stays', () => {
    const tired = letter({ offset: 1, key: 'a', redriveCount: 5 });
    const plan = planRedrive([tired, second, other], open, 5);
    expect(plan.send).toEqual([other]);
    expect(plan.refused).toEqual([
      { letter: tired, why: 'was redriven 5 times and came back (--max-redrives 5)' },
      { letter: second, why: 'waits behind orders/0/1: redrive or discard that one first' },
    ]);
  });

  it('one that was only parked again each time: sent, it has not had its turn', () => {
    const patient = letter({ offset: 3, key: 'a', behind: 1, redriveCount: 9 });
    expect(planRedrive([head, patient], open, 5).send).toEqual([head, patient]);
  });

  it('left behind by a job that was stopped after the head: the same command takes them up', () => {
    const gone = letter({ offset: 1, key: 'a', state: 'redriven' });
    expect(planRedrive([gone, second, third], ids(gone.id), 5).send).toEqual([second, third]);
    expect(planRedrive([gone, second, third], ids(other.id), 5).send).toEqual([]);
  });

  it('records without a key: each by itself', () => {
    const [one, two] = [letter({ offset: 1, key: null }), letter({ offset: 2, key: null })];
    expect(planRedrive([one, two], ids(two.id), 5).send).toEqual([two]);
  });

  it('same key in other partitions and groups: none of its business', () => {
    const worker = letter({ offset: 9, key: 'a' });
    const notifier = {
      ...letter({ offset: 1, key: 'a' }),
      of: { group: 'notifier', topic: 'orders', ordered: true },
    };
    expect(planRedrive([notifier, worker], ids(worker.id), 5).send).toEqual([worker]);
  });
});
