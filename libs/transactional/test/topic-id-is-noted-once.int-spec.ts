import { randomUUID } from 'node:crypto';
import type { PostgresEffects } from '../src/index.ts';
import { openShop, orderCreatedAt, type Shop } from './fixture.ts';

describe('positions of before topic ids were kept', () => {
  let shop: Shop;
  let effects: PostgresEffects;
  beforeAll(async () => {
    shop = await openShop();
    effects = shop.effects(shop.connect());
  });
  afterAll(() => shop.close());

  /** A position of a group; `topicId` when it is known whose. */
  async function stand(group: string, topic: string, partition: number, topicId?: string): Promise<void> {
    const at = { group, topic, partition, ...(topicId !== undefined && { topicId }) };
    await effects.apply({ ...at, firstOffset: 0, nextOffset: 1, events: [orderCreatedAt(0)] }, () =>
      Promise.resolve(),
    );
  }

  async function ids(group: string, topic: string): Promise<Record<number, string | undefined>> {
    const rows = await effects.readPositions(group, [topic]);
    return Object.fromEntries(rows.map(({ partition, topicId }) => [partition, topicId]));
  }

  it('the id is noted for just these partitions, of this group and topic, and never in the place of another one', async () => {
    const [topic, other] = [`t-${randomUUID()}`, `t-${randomUUID()}`];
    for (const partition of [0, 1]) await stand('worker', topic, partition);
    await stand('worker', topic, 2, 'first');
    await stand('notifier', topic, 0);
    await stand('worker', other, 0);

    await effects.noteTopicId('worker', topic, [0, 2], 'second');

    expect(await ids('worker', topic)).toEqual({ 0: 'second', 1: undefined, 2: 'first' });
    expect(await ids('notifier', topic)).toEqual({ 0: undefined });
    expect(await ids('worker', other)).toEqual({ 0: undefined });
  });
});
