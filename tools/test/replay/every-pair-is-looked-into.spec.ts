import { sourceTopics, webEvents } from '@orderstream/events';
import { GUARDS, REFUSALS } from '../../src/replay/guards.ts';

const DAY_MS = 86_400_000;

interface Pair {
  readonly group: string;
  readonly topic: string;
}

const nameOf = ({ group, topic }: Pair) => `${group} ${topic}`;

/** What `read` has and the two lists do not have once, or the other way round. */
function amiss(read: readonly Pair[]): string[] {
  const looked = [...GUARDS, ...REFUSALS].map(nameOf);
  const wanted = read.map(nameOf);
  return [
    ...wanted.filter((name) => looked.filter((each) => each === name).length !== 1),
    ...looked.filter((name) => !wanted.includes(name)),
  ].sort();
}

describe('what may be replayed', () => {
  const read = sourceTopics.flatMap(({ name, groups }) => groups.map((group) => ({ group, topic: name })));

  it('each group and topic of the topics file: allowed with a reason or refused with one', () => {
    expect(amiss(read)).toEqual([]);
    for (const { why, restsOn } of GUARDS) {
      expect(why).not.toBe('');
      expect(restsOn.length).toBeGreaterThan(0);
    }
  });

  it('a group that is taught a new topic, or forgets one: found', () => {
    expect(amiss([...read, { group: 'worker', topic: 'users' }])).toEqual(['worker users']);
    expect(amiss(read.slice(1))).toEqual([nameOf(read[0] as Pair)]);
  });

  it('web events: their facts outlive their records, also those of a visitor who told them a week late', () => {
    // The least that WEB_EVENTS_RETENTION may be, and the most that analytics believes a visitor's clock.
    const keptDays = 15;
    const toldLateDays = 7;
    expect(webEvents.retentionMs / DAY_MS + toldLateDays).toBeLessThan(keptDays);
  });
});
