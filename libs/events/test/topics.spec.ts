import { allTopics, sourceTopics } from '../src/index.ts';

describe('topics as code', () => {
  const all = allTopics();

  it('every group that reads a topic: has its own retry and dead-letter topic of it, and nobody else has', () => {
    const expected = sourceTopics.flatMap(({ name, groups }) => [
      name,
      ...groups.flatMap((group) => [`${name}.${group}.retry`, `${name}.${group}.dlq`]),
    ]);
    expect(all.map(({ name }) => name)).toEqual(expected);
    expect(new Set(expected).size).toBe(expected.length);
    expect(expected).toContain('orders.notifier.dlq');
    expect(expected).not.toContain('users.worker.dlq');
  });

  it('derived topics: as many partitions as their source, 30 days, and 64 KiB more per record', () => {
    for (const source of sourceTopics) {
      const derived = all.filter(({ name }) => name.startsWith(`${source.name}.`));
      for (const topic of derived) {
        expect(topic).toMatchObject({
          partitions: source.partitions,
          retentionMs: 30 * 86_400_000,
          maxMessageBytes: source.maxMessageBytes + 65_536,
        });
      }
    }
  });

  it('retention and order: as the contract says', () => {
    const facts = sourceTopics.map(({ name, retentionMs, ordered }) => [
      name,
      retentionMs / 86_400_000,
      ordered,
    ]);
    expect(facts).toEqual([
      ['orders', 90, true],
      ['payments', 90, true],
      ['users', 90, false],
      ['web-events', 7, false],
      ['alerts', 30, false],
    ]);
  });

  it('names: ones that Kafka takes', () => {
    for (const { name } of all) expect(name).toMatch(/^[a-z0-9.-]{1,249}$/);
  });
});
