import { startingPoint } from '../src/consumer/starting-point.ts';

const log = { start: 10, end: 100, topicId: 'this-topic' };
const stored = (nextOffset: number, topicId?: string) => ({
  topic: 'orders',
  partition: 2,
  nextOffset,
  topicId,
});

describe('startingPoint: the group goes on', () => {
  it('a new group, or a new database: from the beginning of the log', () => {
    expect(startingPoint(undefined, log)).toEqual({ kind: 'stands', offset: 10 });
  });

  it.each([10, 50, 100])('a position the log holds, or its end: %i', (offset) => {
    expect(startingPoint(stored(offset, 'this-topic'), log)).toEqual({ kind: 'stands', offset });
  });

  it('a position from before topic ids were noted, or a broker that has none: as the offsets say', () => {
    expect(startingPoint(stored(50), log)).toEqual({ kind: 'stands', offset: 50 });
    expect(startingPoint(stored(50, 'this-topic'), { start: 10, end: 100 })).toEqual({
      kind: 'stands',
      offset: 50,
    });
  });
});

describe('startingPoint: the group stops, and the reason says what is missing and what can be done', () => {
  const why = (nextOffset: number, topicId?: string): string => {
    const point = startingPoint(stored(nextOffset, topicId), log);
    return point.kind === 'halted' ? point.why : `goes on at ${point.offset}`;
  };

  it('the position is of another topic of this name, although its offset exists here, too', () => {
    expect(why(50, 'that-topic')).toMatch(
      /recreated: the stored position 50 belongs to topic id that-topic, this one is this-topic and holds 10 to 99\. To handle it from its beginning, delete .* row/,
    );
  });

  it('only in another log was nothing handled before, whatever Kafka has committed: not where it has shrunk, or is the same', () => {
    const unhandledFrom = (nextOffset: number, topicId: string): unknown => {
      const point = startingPoint(stored(nextOffset, topicId), log);
      return point.kind === 'halted' ? point.unhandledFrom : 'goes on';
    };
    expect(unhandledFrom(50, 'that-topic')).toBe(10);
    expect(unhandledFrom(101, 'this-topic')).toBeUndefined();
    expect(unhandledFrom(4, 'this-topic')).toBeUndefined();
  });

  it('it lies beyond the end', () => {
    expect(why(101, 'this-topic')).toMatch(
      /position 101 lies beyond the partition's end 100: .* delete .*; to go on at 100, set/,
    );
  });

  it('its records are gone', () => {
    expect(why(4)).toMatch(/records 4 to 9 are gone .* To go on without them, set .* to 10$/);
  });
});
