import { eventually } from '@orderstream/testing';
import { backUp } from './backup.ts';
import { DeadLetterTest } from './dead-letter-fixture.ts';
import { Line } from './line.ts';

const PATIENCE = { deadlineMs: 40_000 };

let test: DeadLetterTest;

beforeEach(async () => {
  test = await DeadLetterTest.open();
}, 60_000);
afterEach(() => test.close(), 60_000);

// No record is sent after a restore: a partition where nothing happens has to catch up as well.
const eventuallyHandled = (labels: readonly string[]) =>
  eventually(async () => expect(await test.handled()).toEqual(labels), PATIENCE);

async function handleFive() {
  await test.send('a1', 'b1', 'a2');
  await test.caughtUp();
  const backup = await backUp(test.shop);
  await test.send('b2', 'a3');
  await test.caughtUp();
  return backup;
}

it('restored while the service is stopped: what the database lost is handled again, in order, and nothing else', async () => {
  await test.start();
  const backup = await handleFive();
  await test.stop();
  await backup.restore();
  expect(await test.handled()).toEqual(['a1', 'b1', 'a2']);
  await test.start();
  await eventuallyHandled(['a1', 'b1', 'a2', 'b2', 'a3']);
  expect(test.asked).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b2', 'a3']);
}, 120_000);

it('restored under a service that runs idle: likewise, and its membership lasts', async () => {
  const consumer = await test.start();
  const backup = await handleFive();
  await backup.restore();
  await eventuallyHandled(['a1', 'b1', 'a2', 'b2', 'a3']);
  await eventually(() => expect(consumer.health().blocked).toEqual([]), PATIENCE);
  expect(consumer.health().replaced).toBe(0);
}, 120_000);

it('restored to before its first record: everything from the beginning of the log', async () => {
  const backup = await backUp(test.shop);
  await test.start();
  await handleFive();
  await backup.restore();
  await eventuallyHandled(['a1', 'b1', 'a2', 'b2', 'a3']);
}, 120_000);

it('the database is away when the partitions are assigned: shown as blocked, and caught up once it is there', async () => {
  await test.start();
  const backup = await handleFive();
  await test.stop();
  await backup.restore();
  const line = new Line(test.shop.server.url);
  await line.up();
  await line.down();
  const consumer = await test.start(line.url);
  await eventually(() => consumer.health().blocked.length === 2, PATIENCE);
  expect(consumer.health().joined).toBe(true);
  await line.up();
  await eventuallyHandled(['a1', 'b1', 'a2', 'b2', 'a3']);
  await eventually(() => consumer.health().blocked.length === 0, PATIENCE);
  await test.stop();
  await line.down();
}, 120_000);

describe('a record was handed back', () => {
  async function redriven() {
    test.failing.add('a1');
    await test.start();
    await test.send('a1', 'b1');
    await test.caughtUp();
    const afterDeath = await backUp(test.shop);
    test.failing.clear();
    await test.redrive([0]);
    await eventuallyHandled(['b1', 'a1']);
    return afterDeath;
  }

  it('and the database is restored to before that: its retry topic is read again, and it is handled', async () => {
    const afterDeath = await redriven();
    await afterDeath.restore();
    expect(await test.open()).toEqual(['0: permanent @ 0']);
    await eventuallyHandled(['b1', 'a1']);
    expect(await test.open()).toEqual([]);
  }, 120_000);

  it('and the database is restored to before it died: it is handled once, where it stands or when it comes back', async () => {
    const empty = await backUp(test.shop);
    const ofEmpty = await test.shop.rows('SELECT 1 FROM backup.consumer_positions');
    expect(ofEmpty).toEqual([]);
    test.failing.add('a1');
    await test.start();
    await test.send('a1', 'b1');
    await test.caughtUp();
    test.failing.clear();
    await test.redrive([0]);
    await eventuallyHandled(['b1', 'a1']);
    await empty.restore();
    await eventuallyHandled(['a1', 'b1']);
    await test.caughtUp();
    expect({ handled: await test.handled(), open: await test.open() }).toEqual({
      handled: ['a1', 'b1'],
      open: [],
    });
  }, 120_000);
});
