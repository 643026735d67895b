import { outboxOldestSeconds, outboxPending, reportOutbox } from '../src/outbox/metrics.ts';

describe('the outbox gauges', () => {
  it('a measurement outlasts its scrape: the next one waits for it, too, and does not begin another', async () => {
    let measurements = 0;
    let finish: (measured: { events: number; oldestSeconds: number }) => void = () => undefined;
    const stop = reportOutbox(() => {
      measurements += 1;
      return new Promise((resolve) => (finish = resolve));
    });
    const scrape = () => Promise.all([outboxPending.get(), outboxOldestSeconds.get()]);
    await scrape();
    await scrape();
    expect(measurements).toBe(1);

    const last = scrape();
    finish({ events: 7, oldestSeconds: 3 });
    const [pending, oldest] = await last;
    expect([pending.values[0]?.value, oldest.values[0]?.value]).toEqual([7, 3]);
    expect(measurements).toBe(1);
    stop();
  });
});
