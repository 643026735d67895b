import { randomUUID } from 'node:crypto';
import { readTopic } from '@orderstream/testing';
import { applyTopics, orders, planTopics } from '../src/index.ts';
import { asOperator } from './support/admin.ts';
import { produceCompressed } from './support/compressed.ts';

// A consumer of ours would crash at it for ever; see member-that-breaks-at-once-is-not-replaced-at-once.
it('a topic as the topics file makes it, and a batch compressed with zstd: the broker stores it so that we can read it', async () => {
  const topic = { ...orders, name: `test-${randomUUID()}` };
  await asOperator(async (admin) => {
    await applyTopics(admin, await planTopics(admin, [topic]));
    await produceCompressed(topic.name, 'x'.repeat(10_000));
    expect((await readTopic(topic)).map(({ value }) => value?.length)).toEqual([10_000]);
    await admin.deleteTopics({ topics: [topic.name] });
  });
}, 60_000);
