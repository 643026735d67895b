import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { MAX_MISTAKES, type Mistake } from '../validation/mistakes.ts';

export interface ProblemOptions {
  readonly status: number;
  /** Last word of `type`, stable: `not-accepted`. Without it `type` is `about:blank`: nothing is known beyond the status. */
  readonly kind?: string;
  /** Short, the same for every problem of this kind. Default: the status' own phrase. */
  readonly title?: string;
  /** For the person who reads this one answer. Shown to the caller, also with a 5xx. */
  readonly detail?: string;
  readonly errors?: readonly Mistake[];
  /** Extension members: `{ outcome: 'not-accepted' }`. They cannot replace the standard ones. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as `Retry-After`. A 429 or 503 always has one; default 1. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** What `kind` is appended to. A name, not an address: nothing can be fetched there. */
const TYPE_PREFIX = 'urn:orderstream:problem:';

/**
 * An answer in the form of RFC 9457. Throw it anywhere under a request; the service's one filter writes it. Everything in it is
 * shown to the caller.
 */
export class Problem extends HttpException {
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly #options: ProblemOptions;

  constructor(options: ProblemOptions) {
    super(options.detail ?? phrase(options.status), options.status, { cause: options.cause });
    this.name = 'Problem';
    this.code = options.kind ?? `http-${options.status}`;
    this.#options = options;
    const retryAfter = options.retryAfterSeconds ?? (mayBeRepeated(options.status) ? 1 : undefined);
    this.headers = {
      ...options.headers,
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    };
  }

  /** The members of the answer's body, in the order RFC 9457 introduces them. */
  toBody(instance?: string): Record<string, unknown> {
    const { kind, title, status, detail, errors, members } = this.#options;
    return {
      type: kind === undefined ? 'about:blank' : TYPE_PREFIX + kind,
      title: title ?? phrase(status),
      status,
      // Clients show it; where nothing more is known the title says it all.
      detail: detail ?? title ?? phrase(status),
      ...(instance === undefined ? {} : { instance }),
      ...(errors === undefined ? {} : { errors }),
      ...Object.fromEntries(Object.entries(members ?? {}).filter(([name]) => !STANDARD.has(name))),
    };
  }
}

const STANDARD = new Set(['type', 'title', 'status', 'detail', 'instance', 'errors']);

function phrase(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}

function mayBeRepeated(status: number): boolean {
  return status === 429 || status === 503;
}

/** 400 for a body that is JSON but not what was asked for. */
export function invalidBody(mistakes: readonly Mistake[]): Problem {
  const count = mistakes.length;
  return new Problem({
    status: 400,
    kind: 'invalid-body',
    title: 'The body breaks its schema',
    detail:
      count >= MAX_MISTAKES
        ? `The first ${MAX_MISTAKES} mistakes are named.`
        : `${count} ${count === 1 ? 'mistake' : 'mistakes'}.`,
    errors: mistakes.slice(0, MAX_MISTAKES),
  });
}
