import type { StoredEvent } from '../../src/read-model/feed-events.ts';
import { Followers, type Follower } from '../../src/read-model/followers.ts';

const event = (order_id: string, seq: number): StoredEvent => ({
  order_id,
  seq,
  event_id: `e-${seq}`,
  event_type: 'order.created',
  event: '{}',
});

/** Somebody who wants `wanted` events of an order. */
function follower(orderId: string, seen = 0, wanted = Infinity) {
  const got: number[] = [];
  const ends: string[] = [];
  const onEvents = (events: readonly StoredEvent[]): boolean => {
    got.push(...events.map(({ seq }) => seq));
    return got.length < wanted;
  };
  const self: Follower = { orderId, seen, sinceMs: 0, onEvents, onEnd: (why) => ends.push(why) };
  return { self, got, ends };
}

describe('Followers', () => {
  it('events of an order: to those who follow it, each once', () => {
    const followers = new Followers();
    const [one, other] = [follower('a'), follower('b')];
    followers.add(one.self);
    followers.add(other.self);
    followers.dispatch(followers.positions(['a', 'b']), [event('a', 1), event('a', 2)]);
    followers.dispatch(new Map([['a', 0]]), [event('a', 1), event('a', 2), event('a', 3)]);
    expect(one.got).toEqual([1, 2, 3]);
    expect(other.got).toEqual([]);
  });

  it('somebody comes who wants older events while newer ones are read: gets none before the older ones', () => {
    const followers = new Followers();
    const early = follower('a', 2);
    followers.add(early.self);
    const positions = followers.positions(['a']);
    const late = follower('a', 0);
    followers.add(late.self);
    followers.dispatch(positions, [event('a', 3)]);
    expect(early.got).toEqual([3]);
    expect(late.got).toEqual([]);
    followers.dispatch(followers.positions(['a']), [event('a', 1), event('a', 2), event('a', 3)]);
    expect(late.got).toEqual([1, 2, 3]);
    expect(early.got).toEqual([3]);
  });

  it('has all it wants: ends and is forgotten', () => {
    const followers = new Followers();
    const one = follower('a', 0, 1);
    followers.add(one.self);
    followers.dispatch(new Map([['a', 0]]), [event('a', 1)]);
    followers.dispatch(new Map([['a', 0]]), [event('a', 2)]);
    expect(one).toMatchObject({ got: [1], ends: ['done'] });
    expect(followers.count).toBe(0);
    expect(followers.has('a')).toBe(false);
  });

  it('removed twice: counted once', () => {
    const followers = new Followers();
    const [one, other] = [follower('a'), follower('a')];
    followers.add(one.self);
    followers.add(other.self);
    followers.remove(one.self);
    followers.remove(one.self);
    expect(followers.count).toBe(1);
    expect(followers.has('a')).toBe(true);
  });

  it('the service stops: everybody is told', () => {
    const followers = new Followers();
    const all = [follower('a'), follower('a'), follower('b')];
    for (const { self } of all) followers.add(self);
    followers.endAll();
    expect(all.map(({ ends }) => ends)).toEqual([['stopping'], ['stopping'], ['stopping']]);
    expect(followers.count).toBe(0);
  });
});
