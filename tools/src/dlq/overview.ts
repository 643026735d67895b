import { table, type Letter } from './letter.ts';

/** How many letters of one group, topic, state and reason there are. */
export interface Count {
  readonly group: string;
  readonly topic: string;
  readonly state: string;
  readonly reason: string;
  readonly count: number;
  readonly oldest: string;
  readonly newest: string;
}

/** The letters counted by group, topic, state and reason; the largest count of each group and topic first. */
export function countLetters(letters: readonly Letter[]): Count[] {
  const kinds = Map.groupBy(letters, ({ of, standing }) =>
    JSON.stringify([of.group, of.topic, standing.state, standing.letter.reason]),
  );
  return [...kinds]
    .map(([name, each]) => {
      const [group, topic, state, reason] = JSON.parse(name) as [string, string, string, string];
      const times = each.map(({ diedAtMs }) => diedAtMs);
      return {
        ...{ group, topic, state, reason, count: each.length },
        oldest: new Date(times.reduce((a, b) => Math.min(a, b))).toISOString(),
        newest: new Date(times.reduce((a, b) => Math.max(a, b))).toISOString(),
      };
    })
    .sort((a, b) => a.group.localeCompare(b.group) || a.topic.localeCompare(b.topic) || b.count - a.count);
}

/** The counts as lines of a table. */
export function countTable(counts: readonly Count[]): string[] {
  return table([
    ['GROUP', 'TOPIC', 'STATE', 'REASON', 'COUNT', 'OLDEST', 'NEWEST'],
    ...counts.map(({ group, topic, state, reason, count, oldest, newest }) => [
      ...[group, topic, state, reason, String(count), oldest, newest],
    ]),
  ]);
}
