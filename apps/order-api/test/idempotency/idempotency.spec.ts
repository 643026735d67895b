import type { FastifyRequest } from 'fastify';
import type { Answer } from '../../src/answer.ts';
import { Idempotency, type Request } from '../../src/idempotency/idempotency.ts';
import type { IdempotentRequests } from '../../src/idempotency/idempotent-requests.ts';

const answer: Answer = { status: 202, headers: {}, body: '{}' };

/** How often a request without a key asks for its client. */
async function looks(more: Partial<Request<string>>): Promise<number> {
  let count = 0;
  const idempotency = new Idempotency({} as IdempotentRequests, undefined);
  await idempotency.answer({ headers: {} } as FastifyRequest, {
    body: {},
    gone: () => {
      count += 1;
      return new AbortController().signal;
    },
    timeLimitMs: 1_000,
    plan: () => 'plan',
    carryOut: () => Promise.resolve(answer),
    ...more,
  });
  return count;
}

describe('a request without a key', () => {
  it('nothing waits for anything: whether its client has left is not looked at', async () => {
    expect(await looks({})).toBe(0);
  });

  it('a better answer is looked for: its client is looked at, once', async () => {
    expect(await looks({ afterwards: (accepted) => Promise.resolve(accepted) })).toBe(1);
  });
});
