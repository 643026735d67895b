import { Inject, Injectable } from '@nestjs/common';
import { Problem } from '@orderstream/service';
import type { FastifyRequest } from 'fastify';
import type { Answer } from '../answer.ts';
import { readIdempotencyKey } from './idempotency-key.rules.ts';
import { IdempotentRequests, type Work } from './idempotent-requests.ts';

export const CALLER_HEADER = Symbol('CALLER_HEADER');

/** What a POST does, with or without a key. */
export type Request<Plan> = Omit<Work<Plan>, 'scope' | 'key'>;

/** The `Idempotency-Key` header of a POST: the one place where HTTP meets IdempotentRequests. */
@Injectable()
export class Idempotency {
  constructor(
    @Inject(IdempotentRequests) private readonly requests: IdempotentRequests,
    @Inject(CALLER_HEADER) private readonly callerHeader: string | undefined,
  ) {}

  /** Answers the request; a request without a key is simply carried out and touches no database. @throws Problem */
  async answer<Plan>(http: FastifyRequest, work: Request<Plan>): Promise<Answer> {
    const header = readIdempotencyKey(http.headers['idempotency-key']);
    switch (header.kind) {
      case 'none':
        return withoutKey(work);
      case 'key':
        return this.requests.once({ ...work, scope: this.#scope(http), key: header.key });
      case 'invalid':
        throw invalidKey();
    }
  }

  #scope(http: FastifyRequest): string {
    const caller = this.callerHeader === undefined ? '' : [http.headers[this.callerHeader]].flat().join(',');
    return `${http.method} ${http.routeOptions.url ?? ''} ${caller}`.trimEnd();
  }
}

async function withoutKey<Plan>({ plan, carryOut, afterwards, gone }: Request<Plan>): Promise<Answer> {
  const accepted = await carryOut(plan(), false, gone);
  return afterwards === undefined ? accepted : afterwards(accepted, gone());
}

function invalidKey(): Problem {
  return new Problem({
    status: 400,
    kind: 'invalid-idempotency-key',
    title: 'Idempotency-Key is invalid',
    detail: 'An Idempotency-Key has 1 to 255 printable ASCII characters.',
  });
}
