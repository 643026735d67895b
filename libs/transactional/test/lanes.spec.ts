import { setImmediate as nextTurn } from 'node:timers/promises';
import { Lanes } from '../src/effects/lanes.ts';

describe('Lanes', () => {
  const log: string[] = [];
  const ends = new Map<string, { readonly done: () => void; readonly fail: (error: Error) => void }>();
  const work = (name: string) => (): Promise<string> => {
    log.push(name);
    return new Promise((resolve, reject) => ends.set(name, { done: () => resolve(name), fail: reject }));
  };
  beforeEach(() => {
    log.length = 0;
    ends.clear();
  });

  it('two lanes, four pieces of work: two at a time, in the order they were asked for', async () => {
    const lanes = new Lanes(2);
    const all = ['a', 'b', 'c', 'd'].map((name) => lanes.run(work(name)));
    expect(log).toEqual(['a', 'b']);
    ends.get('b')?.done();
    await nextTurn();
    expect(log).toEqual(['a', 'b', 'c']);
    ends.get('a')?.done();
    await nextTurn();
    for (const name of ['c', 'd']) ends.get(name)?.done();
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('work that fails, and work that throws at once: the error comes out, and the lane is free again', async () => {
    const lanes = new Lanes(1);
    const failing = lanes.run(work('failing'));
    const throwing = lanes.run(() => {
      throw new TypeError('at once');
    });
    const last = lanes.run(work('last'));
    ends.get('failing')?.fail(new Error('no'));
    await expect(failing).rejects.toThrow('no');
    await expect(throwing).rejects.toThrow('at once');
    ends.get('last')?.done();
    expect(await last).toBe('last');
    const after = lanes.run(work('after'));
    expect(log).toEqual(['failing', 'last', 'after']);
    ends.get('after')?.done();
    await after;
  });
});
