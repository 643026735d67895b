import { eventually } from '@orderstream/testing';
import { produceCompressed } from './support/compressed.ts';
import { Engine } from './support/engine.ts';

// kafkajs crashes at a batch in a compression it lacks, as soon as it has joined. Each join makes the whole group rebalance.
it('every membership ends at the first fetch: the pauses between them grow', async () => {
  const engine = await Engine.prepare();
  await produceCompressed(engine.topic.name, 'x'.repeat(1_000));
  const consumer = await engine.start();
  const startedAtMs = Date.now();
  await eventually(() => consumer.health().replaced >= 6, { deadlineMs: 60_000 });
  // Pauses of at least 50, 100, 200, 400 and 800 ms lie between the first break and the sixth.
  expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(1_500);
  expect(
    engine.log.some(({ detail }) => /ZSTD compression not implemented/.test(String(detail?.['reason']))),
  ).toBe(true);
  await engine.stop();
}, 90_000);
