import { eventually } from '../src/index.ts';

describe('eventually', () => {
  it('hands on the value once the condition holds', async () => {
    let tries = 0;
    const value = await eventually(
      () => {
        tries += 1;
        if (tries < 3) throw new Error('not yet');
        return 'done';
      },
      { intervalMs: 1 },
    );
    expect({ value, tries }).toEqual({ value: 'done', tries: 3 });
  });

  it('takes false as "not yet", and no other falsy value', async () => {
    const answers = [false, false, 0] as const;
    let tries = 0;
    await expect(eventually(() => answers[tries++] ?? 1, { intervalMs: 1 })).resolves.toBe(0);
    expect(tries).toBe(3);
  });

  it('deadline passed: fails with the last failure in message and cause', async () => {
    let tries = 0;
    const failing = eventually(
      () => {
        tries += 1;
        throw new Error(`failure ${tries}`);
      },
      { deadlineMs: 30, intervalMs: 10 },
    );
    const error = (await failing.catch((reason: unknown) => reason)) as Error;
    expect(error.message).toContain('still not so after 30 ms');
    expect(error.message).toContain(`failure ${tries}`);
    expect((error.cause as Error).message).toBe(`failure ${tries}`);
  });
});
