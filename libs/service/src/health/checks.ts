import type { DiscoveryService } from '@nestjs/core';

/**
 * A provider with a method under this symbol takes part in `/health/ready`. Symbols of the global registry, so that a library
 * can report without depending on this one: `[Symbol.for('orderstream.readiness')]() { return { name, ready, detail }; }`.
 */
export const READINESS = Symbol.for('orderstream.readiness');
/** The same for `/health/live`; `alive` is false only when a restart would help. */
export const LIVENESS = Symbol.for('orderstream.liveness');

/** Whether one part of the service can do its work now. */
export interface ReadinessReport {
  readonly name: string;
  readonly ready: boolean;
  /** For the person who looks; nothing personal, nothing secret. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface LivenessReport {
  readonly name: string;
  readonly alive: boolean;
  readonly detail?: Readonly<Record<string, unknown>>;
}

type OneOrMore<T> = T | readonly T[];

export interface ReportsReadiness {
  [READINESS](): OneOrMore<ReadinessReport> | Promise<OneOrMore<ReadinessReport>>;
}

export interface ReportsLiveness {
  [LIVENESS](): OneOrMore<LivenessReport> | Promise<OneOrMore<LivenessReport>>;
}

/** Well below the seconds an orchestrator waits for a probe. */
const CHECK_TIMEOUT_MS = 2_000;

type Check = () => unknown;

/** Asks every provider that has something to say under one symbol. An answer that takes too long, or fails, is a bad one. */
export class Checks<Report extends { readonly name: string }> {
  readonly #discovery: DiscoveryService;
  readonly #symbol: symbol;
  readonly #failed: (name: string, why: string) => Report;
  readonly #pending = new Map<object, Promise<Report[]>>();

  constructor(discovery: DiscoveryService, symbol: symbol, failed: (name: string, why: string) => Report) {
    this.#discovery = discovery;
    this.#symbol = symbol;
    this.#failed = failed;
  }

  async run(): Promise<Report[]> {
    const reports = await Promise.all([...this.#providers()].map((provider) => this.#bounded(provider)));
    return reports.flat();
  }

  /** The same instance may stand under several tokens. */
  #providers(): Set<object> {
    const instances = this.#discovery
      .getProviders()
      .map(({ instance }) => instance as Record<symbol, unknown> | null | undefined)
      .filter((instance) => typeof instance === 'object' && instance !== null)
      .filter((instance) => typeof instance[this.#symbol] === 'function');
    return new Set(instances);
  }

  async #bounded(provider: object): Promise<Report[]> {
    let timer: NodeJS.Timeout | undefined;
    const name = provider.constructor.name;
    const tooLate = new Promise<Report[]>((resolve) => {
      timer = setTimeout(
        () => resolve([this.#failed(name, `no answer within ${CHECK_TIMEOUT_MS} ms`)]),
        CHECK_TIMEOUT_MS,
      );
    });
    try {
      return await Promise.race([this.#ask(provider, name), tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A check that hangs is not asked again until it has answered: probes must not pile up on a database that is stuck. */
  #ask(provider: object, name: string): Promise<Report[]> {
    const pending = this.#pending.get(provider);
    if (pending) return pending;
    const asked = this.#answer(provider)
      .catch((error: unknown) => [this.#failed(name, error instanceof Error ? error.name : 'failed')])
      .finally(() => this.#pending.delete(provider));
    this.#pending.set(provider, asked);
    return asked;
  }

  async #answer(provider: object): Promise<Report[]> {
    const check = (provider as Record<symbol, Check>)[this.#symbol] as Check;
    return [(await check.call(provider)) as Report | Report[]].flat() as Report[];
  }
}
