import { Alarm } from '../src/outbox/alarm.ts';

const NEVER_MS = 60_000;

describe('Alarm', () => {
  it('rung while somebody waits: wakes at once', async () => {
    const alarm = new Alarm();
    const waiting = alarm.wait(NEVER_MS);
    alarm.ring();
    await waiting;
  });

  it('rung while nobody waits: the next wait does not wait, the one after does', async () => {
    const alarm = new Alarm();
    alarm.ring();
    alarm.ring();
    await alarm.wait(NEVER_MS);
    const startedAtMs = performance.now();
    await alarm.wait(20);
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(19);
  });
});
