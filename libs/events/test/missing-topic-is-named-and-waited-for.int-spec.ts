import { eventually } from '@orderstream/testing';
import { uuidv7 } from '../src/index.ts';
import { createTopic, deleteTopic } from './support/admin.ts';
import { Engine } from './support/engine.ts';

const DEADLINE = { deadlineMs: 40_000 };

it('a topic that the group reads does not exist: it says what to do, and joins once it is there', async () => {
  const engine = await Engine.prepare();
  const retry = `${engine.topic.name}.worker.retry`;
  await deleteTopic(retry);
  const consumer = engine.consumer();
  const started = consumer.start();
  await eventually(
    () => engine.log.some(({ message }) => message.includes('orderstream topics apply')),
    DEADLINE,
  );
  expect(consumer.health()).toMatchObject({ joined: false });

  await eventually(() => createTopic(retry, 1), DEADLINE);
  await started;
  expect(consumer.health()).toMatchObject({ joined: true });
  await engine.order([uuidv7()]);
  await eventually(() => engine.position() === 1, DEADLINE);
  await engine.stop();
}, 90_000);
