import { jest } from '@jest/globals';
import { waitingForLocks } from '../src/migrations/waiting-for-locks.ts';

/** As the driver raises it. */
const refusal = (code: string) => Object.assign(new Error('refused'), { severity: 'ERROR', code });

describe('waitingForLocks', () => {
  const lines: string[] = [];
  beforeEach(() => (lines.length = 0));
  afterEach(() => jest.restoreAllMocks());
  const progress = (line: string) => void lines.push(line);

  it('held at first: says so once, tries again', async () => {
    let attempts = 0;
    const attempt = async () => {
      attempts += 1;
      if (attempts < 3) throw refusal('55P03');
    };
    await waitingForLocks('shop: AddNote1', attempt, progress);
    expect({ attempts, lines: lines.length }).toEqual({ attempts: 3, lines: 1 });
  });

  it('held for longer than a minute: gives up, and tells how to find out who holds it', async () => {
    const cause = refusal('55P03');
    const attempt = async () => {
      const nowMs = performance.now();
      jest.spyOn(performance, 'now').mockReturnValue(nowMs + 61_000);
      throw cause;
    };
    const error = await waitingForLocks('shop: AddNote1', attempt, progress).catch((given: unknown) => given);
    expect(String(error)).toContain('pg_stat_activity');
    expect(error).toMatchObject({ cause });
  });

  it('anything else: thrown as it is', async () => {
    const error = refusal('42P01');
    await expect(waitingForLocks('shop: AddNote1', () => Promise.reject(error), progress)).rejects.toBe(
      error,
    );
    expect(lines).toEqual([]);
  });
});
