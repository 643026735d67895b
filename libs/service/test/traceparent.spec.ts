import { newTraceparent } from '@orderstream/events';
import { parseTraceparent } from '../src/http/traceparent.ts';

const trace = '0af7651916cd43dd8448eb211c80319c';
const parent = 'b7ad6b7169203331';

describe('a traceparent header', () => {
  it('of version 00: handed on as it is', () => {
    expect(parseTraceparent(`00-${trace}-${parent}-01`)).toBe(`00-${trace}-${parent}-01`);
  });

  it('of a later version: handed on as version 00, without what only that version knows', () => {
    expect(parseTraceparent(`cc-${trace}-${parent}-01-what-the-future-brings`)).toBe(
      `00-${trace}-${parent}-01`,
    );
  });

  it.each([
    ['absent', undefined],
    ['empty', ''],
    ['version ff', `ff-${trace}-${parent}-01`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${parent}-01`],
    ['a parent id of zeros', `00-${trace}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${trace.toUpperCase()}-${parent}-01`],
    ['more than version 00 has', `00-${trace}-${parent}-01-more`],
    ['too short', `00-${trace}-${parent}`],
    ['sent twice', `00-${trace}-${parent}-01, 00-${trace}-${parent}-01`],
  ])('%s: ignored', (_case, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });
});

it('a new one: valid, and another each time', () => {
  const made = Array.from({ length: 1_000 }, newTraceparent);
  expect(new Set(made).size).toBe(1_000);
  expect(made.every((header) => parseTraceparent(header) === header)).toBe(true);
});
