import { jest } from '@jest/globals';
import { Pace } from '../src/outbox/pace.ts';

const NEVER_MS = 60_000;

describe('Pace', () => {
  it('a stop: ends every pause, also those to come, and is over after its time', async () => {
    const pace = new Pace();
    const pauses = [pace.wait(NEVER_MS)];
    pace.stop(1_000);
    await Promise.all(pauses);
    await pace.wait(NEVER_MS);
    await pace.backOff(20);
    expect({ isStopping: pace.isStopping, isOver: pace.isOver }).toEqual({ isStopping: true, isOver: false });
    const nowMs = Date.now();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(nowMs + 1_001);
    expect(pace.isOver).toBe(true);
    clock.mockRestore();
  });

  it('a second stop does not prolong the first', () => {
    const pace = new Pace();
    pace.stop(0);
    pace.stop(NEVER_MS);
    expect(pace.isOver).toBe(true);
  });

  it('backOff: rings do not shorten it', async () => {
    const pace = new Pace();
    const startedAtMs = performance.now();
    const pause = pace.backOff(1);
    for (let i = 0; i < 5; i += 1) pace.ring();
    await pause;
    // After the first failure 50 to 100 ms; timers may fire a millisecond early.
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(49);
  });
});
