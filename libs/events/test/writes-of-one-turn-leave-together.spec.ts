import { once } from 'node:events';
import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gatherWrites } from '../src/gather-writes.ts';

/** A stream that notes what it is handed at once. */
function noted() {
  const handed: string[][] = [];
  const stream = gatherWrites(
    new Writable({
      decodeStrings: false,
      write(chunk: string, _encoding, done) {
        handed.push([chunk]);
        done();
      },
      writev(chunks, done) {
        handed.push(chunks.map(({ chunk }) => chunk as string));
        done();
      },
    }),
  );
  return { stream, handed };
}

describe('a stream whose writes are gathered', () => {
  it('hands over at once, in order, what one turn writes, also in its promises and within a cork of its own', async () => {
    const { stream, handed } = noted();
    stream.write('a');
    stream.cork();
    stream.write('b');
    stream.uncork();
    await Promise.resolve();
    stream.write('c');
    expect(handed).toEqual([]);
    await nextTurn();
    expect(handed).toEqual([['a', 'b', 'c']]);
    stream.write('d');
    await nextTurn();
    expect(handed).toEqual([['a', 'b', 'c'], ['d']]);
  });

  it('loses nothing when it is ended in the same turn', async () => {
    const { stream, handed } = noted();
    stream.write('a');
    stream.end('b');
    await once(stream, 'finish');
    expect(handed.flat()).toEqual(['a', 'b']);
  });
});
