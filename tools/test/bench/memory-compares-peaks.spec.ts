import { memoryOf } from '../../src/bench/memory.ts';

it('a service is large under load, another one once idle: peaks are one figure, what is left another one', () => {
  const { after, peak } = memoryOf([
    { name: 'worker', samples: [120, 255, 210], tenSecondsAfter: 125 },
    { name: 'notifier', samples: [130, 200, 230], tenSecondsAfter: 141 },
  ]);
  expect(peak).toEqual({ figure: 255, also: { worker_mb: 255, notifier_mb: 230 } });
  expect(after).toEqual({ figure: 141, also: { worker_mb: 125, notifier_mb: 141 } });
});
