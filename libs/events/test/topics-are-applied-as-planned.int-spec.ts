import { randomUUID } from 'node:crypto';
import { eventually } from '@orderstream/testing';
import { applyTopics, planTopics, type Topic } from '../src/index.ts';
import { asOperator } from './support/admin.ts';

const options = { replicationFactor: 1 };

function topic(name: string, changes: Partial<Topic> = {}): Topic {
  return {
    name,
    partitions: 2,
    retentionMs: 3_600_000,
    maxMessageBytes: 1_048_588,
    ordered: true,
    groups: [],
    ...changes,
  };
}

it('from nothing to what the file says, and to what it says next: only what differs is planned, and then nothing', async () => {
  const name = `test-${randomUUID()}`;
  const other = topic(`${name}-other`);
  await asOperator(async (admin) => {
    const first = topic(name);
    const plan = await planTopics(admin, [first, other], options);
    expect(plan).toEqual([
      { kind: 'create', topic: first },
      { kind: 'create', topic: other },
    ]);
    await applyTopics(admin, plan, options);
    await expect(planTopics(admin, [first, other], options)).resolves.toEqual([]);

    const grown = topic(name, { partitions: 5, retentionMs: 7_200_000 });
    const changes = await planTopics(admin, [grown, other], options);
    expect(changes).toEqual([
      { kind: 'add-partitions', topic: grown, from: 2 },
      { kind: 'set-config', topic: grown, key: 'retention.ms', from: '3600000', to: '7200000' },
    ]);
    await applyTopics(admin, changes, options);
    // A broker applies a change of configuration a moment after it has answered.
    await eventually(async () => expect(await planTopics(admin, [grown, other], options)).toEqual([]));
    const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
    expect(topics[0]?.partitions).toHaveLength(5);

    await expect(planTopics(admin, [first], options)).resolves.toMatchObject([
      { kind: 'impossible', why: expect.stringMatching(/5 partitions, not 2/) as string },
      { kind: 'set-config' },
    ]);
    await expect(planTopics(admin, [grown], { replicationFactor: 3 })).resolves.toMatchObject([
      { kind: 'impossible', why: expect.stringMatching(/1 replicas, not 3/) as string },
      { kind: 'set-config', key: 'min.insync.replicas', from: '1', to: '2' },
    ]);
    await admin.deleteTopics({ topics: [name, other.name] });
  });
}, 60_000);
