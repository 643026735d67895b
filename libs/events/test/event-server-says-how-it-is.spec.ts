import { jest } from '@jest/globals';
import type { ConsumerHealth } from '../src/index.ts';
import { EventServer, type EventServerOptions } from '../src/nest/event-server.ts';

const NOW_MS = Date.parse('2026-06-13T10:00:00.000Z');

/** What a server whose consumer is in this state reports; undefined: it was not started. */
function report(kind: 'readiness' | 'liveness', state: Partial<ConsumerHealth> | undefined): unknown {
  const well: ConsumerHealth = {
    group: 'worker',
    joined: true,
    assignment: ['orders/0'],
    lastTurnAtMs: NOW_MS - 100,
    lastCommitAtMs: undefined,
    replaced: 0,
    blocked: [],
  };
  class Server extends EventServer {
    override health = (): ConsumerHealth | undefined => state && { ...well, ...state };
  }
  const server = new Server({ group: 'worker' } as EventServerOptions);
  return (server as unknown as Record<symbol, () => unknown>)[Symbol.for(`orderstream.${kind}`)]?.();
}

const standing = (...forMs: number[]): Pick<ConsumerHealth, 'blocked'> => ({
  blocked: forMs.map((ms, partition) => ({
    partition: `orders/${partition}`,
    since: new Date(NOW_MS - ms).toISOString(),
    error: 'deadlock-detected',
    halted: false,
  })),
});
const HALTED: Partial<ConsumerHealth> = {
  blocked: [{ partition: 'orders/0', since: new Date(NOW_MS).toISOString(), error: 'gone', halted: true }],
};

beforeEach(() => void jest.spyOn(Date, 'now').mockReturnValue(NOW_MS));
afterEach(() => void jest.restoreAllMocks());

describe('readiness of a consumer', () => {
  it.each<[string, Partial<ConsumerHealth> | undefined, boolean]>([
    ['joined, and its loop turns', {}, true],
    ['not started', undefined, false],
    ['not joined', { joined: false }, false],
    ['without a turn so far', { lastTurnAtMs: undefined }, false],
    ['without a turn for a little less than 10 s', { lastTurnAtMs: NOW_MS - 9_999 }, true],
    ['without a turn for 10 s', { lastTurnAtMs: NOW_MS - 10_000 }, false],
    ['a partition has stood for a little less than 10 s', standing(9_999), true],
    ['a partition has stood for 10 s', standing(10_000), false],
    ['a partition stands for good, since now', HALTED, false],
    ['one stands, another has for long', standing(0, 60_000), false],
  ])('%s', (_, state, ready) => {
    expect(report('readiness', state)).toMatchObject({ name: 'consumer worker', ready });
  });

  it('a partition stands: shown at once', () => {
    expect(report('readiness', standing(1))).toMatchObject({ detail: standing(1) });
  });
});

describe('liveness of a consumer', () => {
  it.each<[string, Partial<ConsumerHealth> | undefined, boolean]>([
    ['not started: a restart would not help', undefined, true],
    ['not joined, partitions standing', { joined: false, ...standing(3_600_000) }, true],
    ['without a turn for a little less than 300 s', { lastTurnAtMs: NOW_MS - 299_999 }, true],
    ['without a turn for 300 s', { lastTurnAtMs: NOW_MS - 300_000 }, false],
  ])('%s', (_, state, alive) => {
    expect(report('liveness', state)).toMatchObject({ name: 'consumer worker', alive });
  });
});
