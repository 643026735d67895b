import { randomUUID } from 'node:crypto';
import { eventually } from '@orderstream/testing';
import kafkajs, { type Admin } from 'kafkajs';
import { applyTopics, planTopics, type Topic } from '../src/index.ts';
import { asOperator } from './support/admin.ts';

// Node's reading of the CommonJS package finds only its first few names.
const { ConfigResourceTypes } = kafkajs;

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

async function setting(admin: Admin, name: string, key: string): Promise<string | undefined> {
  const resources = [{ type: ConfigResourceTypes.TOPIC, name, configNames: [key] }];
  const { resources: found } = await admin.describeConfigs({ includeSynonyms: false, resources });
  return found[0]?.configEntries[0]?.configValue;
}

/** What an operator does besides the topics file. */
async function setByHand(admin: Admin, name: string, key: string, value: string): Promise<void> {
  const configEntries = [
    { name: key, value },
    { name: 'compression.type', value: 'uncompressed' },
    { name: 'retention.ms', value: '3600000' },
    { name: 'max.message.bytes', value: '1048588' },
  ];
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries }],
  });
  await eventually(async () => expect(await setting(admin, name, key)).toBe(value));
}

it('from nothing to what the file says, and to what it says next: only what differs is planned, and then nothing', async () => {
  const name = `test-${randomUUID()}`;
  const other = topic(`${name}-other`);
  await asOperator(async (admin) => {
    const first = topic(name);
    const plan = await planTopics(admin, [first, other]);
    expect(plan).toEqual([
      { kind: 'create', topic: first, replicas: 1 },
      { kind: 'create', topic: other, replicas: 1 },
    ]);
    await applyTopics(admin, plan);
    await expect(planTopics(admin, [first, other])).resolves.toEqual([]);

    const grown = topic(name, { partitions: 5, retentionMs: 7_200_000 });
    const changes = await planTopics(admin, [grown, other]);
    expect(changes).toEqual([
      { kind: 'add-partitions', topic: grown, from: 2 },
      { kind: 'set-config', topic: grown, key: 'retention.ms', from: '3600000', to: '7200000' },
    ]);
    await setByHand(admin, name, 'segment.ms', '60000');
    await applyTopics(admin, changes);
    // A broker applies a change of configuration a moment after it has answered.
    await eventually(async () => expect(await planTopics(admin, [grown, other])).toEqual([]));
    expect(await setting(admin, name, 'segment.ms')).toBe('60000');
    const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
    expect(topics[0]?.partitions).toHaveLength(5);

    await expect(planTopics(admin, [first])).resolves.toMatchObject([
      { kind: 'impossible', why: expect.stringMatching(/5 partitions, not 2/) as string },
      { kind: 'set-config' },
    ]);
    await expect(planTopics(admin, [grown], { replicationFactor: 3 })).resolves.toMatchObject([
      // One copy cannot promise two: nothing could be sent any more.
      { kind: 'impossible', why: expect.stringMatching(/1 replicas, not 3/) as string },
    ]);
    await admin.deleteTopics({ topics: [name, other.name] });
  });
}, 60_000);
