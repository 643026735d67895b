import { sourceTopics } from '@orderstream/events';
import { UsedWrongly } from '../log/operation-refused.ts';
import type { GroupTopic } from './letter.ts';

/** Every group that the topics file knows. */
export const groupNames: readonly string[] = [
  ...new Set(sourceTopics.flatMap(({ groups }) => groups)),
].sort();

/** Every topic that a group reads. */
export const topicNames: readonly string[] = sourceTopics.map(({ name }) => name);

/** What the groups read, of one group or topic when it is named. @throws UsedWrongly when that group does not read that topic */
export function groupTopics(group?: string, topic?: string): GroupTopic[] {
  const found = sourceTopics
    .filter(({ name }) => topic === undefined || name === topic)
    .flatMap(({ name, groups, ordered }) => groups.map((each) => ({ group: each, topic: name, ordered })))
    .filter((each) => group === undefined || each.group === group);
  if (found.length > 0) return found;
  const read = groupTopics(group).map((each) => each.topic);
  throw new UsedWrongly(`${group} does not read ${topic}; it reads ${read.join(', ')}`);
}
