import { eventually } from '@orderstream/testing';
import { uuidv7, type EventConsumer } from '../src/index.ts';
import { Engine } from './support/engine.ts';
import { Gate } from './support/gate.ts';
import { api } from './support/kafka-frames.ts';
import { KafkaProxy } from './support/kafka-proxy.ts';
import { expel, memberIds } from './support/membership.ts';

const DEADLINE = { deadlineMs: 40_000 };
const SYNC_GROUP = 14;

let proxy: KafkaProxy;
let engine: Engine;
let member: EventConsumer;
let memberId: string;

beforeEach(async () => {
  proxy = await KafkaProxy.start();
  engine = await Engine.prepare({ partitions: 4 });
  member = await engine.start({ brokers: [proxy.broker] });
  memberId = (await memberIds(engine.group))[0] ?? '';
});
afterEach(async () => {
  await engine.stop();
  await proxy.stop();
});

it('the group has forgotten it, and another member is long in joining: it waits for that one, for longer than a session', async () => {
  const { other, gate } = await anotherThatIsHeldUp();
  await expel(engine.group, memberId);
  // Its commits are refused from now on, and tried again behind the join.
  await engine.order(Array.from({ length: 20 }, () => uuidv7()));
  await eventually(() => silentMs() > 15_000, DEADLINE);
  expect(member.health()).toMatchObject({ joined: false, replaced: 0 });

  gate.open();
  await eventually(() => member.health().joined && other.health().joined, DEADLINE);
  expect(sharesOf(other).map(({ length }) => length)).toEqual([2, 2]);
  await eventually(() => engine.store.effects.length === 40, DEADLINE);
  expect([member, other].map((one) => one.health())).toMatchObject([
    { joined: true, replaced: 0 },
    { joined: true, replaced: 0 },
  ]);
}, 90_000);

it('its connection breaks while it waits to join: it joins all the same, and does not go on outside of the group', async () => {
  const { other, gate } = await anotherThatIsHeldUp();
  const asked = proxy.requestsOf(api.joinGroup);
  await expel(engine.group, memberId);
  // The first request is answered with a name, the second one waits.
  await eventually(() => proxy.requestsOf(api.joinGroup) === asked + 2, DEADLINE);
  proxy.cut();
  gate.open();
  await eventually(() => member.health().joined && other.health().joined, DEADLINE);
  // What its first request has left in the group goes with its session.
  await eventually(async () => (await memberIds(engine.group)).length === 2, DEADLINE);
  await eventually(() => new Set(sharesOf(other).flat()).size === 4, DEADLINE);
  await eventually(() => engine.store.effects.length === 20, DEADLINE);
}, 90_000);

it('it is in the group, but what it was given got lost: it asks again, and commits', async () => {
  const asked = proxy.requestsOf(SYNC_GROUP);
  proxy.loseAnswersTo(SYNC_GROUP);
  await expel(engine.group, memberId);
  await eventually(() => proxy.requestsOf(SYNC_GROUP) > asked, DEADLINE);
  proxy.cut();
  proxy.speak();
  await engine.order(Array.from({ length: 20 }, () => uuidv7()));
  await eventually(() => engine.store.effects.length === 20, DEADLINE);
  await eventually(async () => (await committed()) === 20, DEADLINE);
}, 90_000);

/** It has two partitions, and records of them that it does not get done with. */
async function anotherThatIsHeldUp(): Promise<{ other: EventConsumer; gate: Gate }> {
  const gate = new Gate();
  const other = await engine.start({ handle: () => gate.pass() });
  await eventually(() => sharesOf(other).every((share) => share.length === 2), DEADLINE);
  await engine.order(Array.from({ length: 20 }, () => uuidv7()));
  await eventually(() => gate.waiting > 0, DEADLINE);
  return { other, gate };
}

function silentMs(): number {
  return Date.now() - (member.health().lastTurnAtMs ?? Date.now());
}

/** The partitions of the topic that each of the two holds. */
function sharesOf(other: EventConsumer): string[][] {
  return [member, other].map((one) =>
    one.health().assignment.filter((name) => name.startsWith(`${engine.topic.name}/`)),
  );
}

async function committed(): Promise<number> {
  const offsets = await Promise.all([0, 1, 2, 3].map((partition) => engine.committed(partition)));
  return offsets.reduce((sum, offset) => sum + Math.max(0, offset), 0);
}
