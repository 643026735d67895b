import { eventually, readTopic } from '@orderstream/testing';
import { offsetOf, PermanentError, uuidv7 } from '../src/index.ts';
import { Engine } from './support/engine.ts';

const DEADLINE = { deadlineMs: 30_000 };

it('bad records among good ones: the good ones are handled, the bad ones are dead letters, the offset passes both', async () => {
  const doomed = uuidv7();
  const engine = await Engine.prepare({
    handle: async (events) => {
      if (events.some(({ payload }) => (payload as { order_id: string }).order_id === doomed)) {
        throw new PermanentError('no_such_product', 'no such product');
      }
    },
  });
  const order = (orderId = uuidv7()) => engine.orderMessage(orderId);
  const stranger = { 'event-type': 'somebody.elses.type' };
  await engine.raw([
    order(),
    { value: 'no JSON' },
    { value: null },
    order(),
    { value: 'unparsed', headers: stranger },
    order(doomed),
    { ...order(), key: 'another key' },
    { value: '{"event_type":"order.exploded"}' },
    { ...order(), headers: { 'event-type': 'order.created', 'schema-version': '2' } },
    order(),
  ]);
  await engine.start();
  await eventually(() => engine.position() === 10, DEADLINE);

  expect(engine.store.effects.map(offsetOf)).toEqual([0, 3, 9]);
  const letters = await readTopic(engine.deadLetters);
  const seen = letters.map(({ headers }) => [Number(headers['dlq-original-offset']), headers['dlq-reason']]);
  expect(seen.sort(([a], [b]) => Number(a) - Number(b))).toEqual([
    [1, 'not-json'],
    [2, 'empty-value'],
    [5, 'permanent'],
    [6, 'key-mismatch'],
    [7, 'unknown-event-type'],
    [8, 'header-mismatch'],
  ]);
  await eventually(async () => (await engine.committed()) === 10, DEADLINE);
  await engine.stop();
}, 60_000);
