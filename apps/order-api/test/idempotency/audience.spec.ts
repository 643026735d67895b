import { Audience } from '../../src/idempotency/audience.ts';

describe('Audience', () => {
  it('some have gone: somebody still waits; all have: nobody does', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const audience = new Audience();
    audience.join(one.signal);
    audience.join(other.signal);
    one.abort();
    expect(audience.gone.aborted).toBe(false);
    other.abort();
    expect(audience.gone.aborted).toBe(true);
  });

  it('who had gone before it joined: does not count', () => {
    const waiting = new AbortController();
    const audience = new Audience();
    audience.join(waiting.signal);
    audience.join(AbortSignal.abort());
    expect(audience.gone.aborted).toBe(false);
    waiting.abort();
    expect(audience.gone.aborted).toBe(true);
  });
});
