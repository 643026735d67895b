import { READINESS } from '@orderstream/service';
import { ProducerReadiness } from '../../src/publishing/producer-readiness.ts';

describe('readiness of the producer', () => {
  const report = (failingForMs: number | undefined) => {
    const failingSinceMs = failingForMs === undefined ? undefined : Date.now() - failingForMs;
    const health = { failingSinceMs, queuedBytes: 0, lastAckAtMs: undefined };
    return { health, said: new ProducerReadiness({ health: () => health })[READINESS]() };
  };

  it.each([
    ['nothing fails', undefined, true],
    ['nothing has worked for some seconds', 5_000, true],
    ['nothing has worked for 10 s', 10_000, false],
  ])('%s: ready or not, and since when is shown', (_, failingForMs, ready) => {
    const { health, said } = report(failingForMs);
    expect(said).toEqual({ name: 'producer', ready, detail: health });
  });
});
