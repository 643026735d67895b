import type { DiscoveryService } from '@nestjs/core';
import { Checks, LIVENESS, READINESS, type LivenessReport, type ReadinessReport } from './checks.ts';

/** What a probe is answered: every check with its own verdict. */
export interface HealthReport {
  readonly healthy: boolean;
  readonly body: {
    readonly service: string;
    readonly status: string;
    readonly checks: readonly (ReadinessReport | LivenessReport)[];
  };
}

/** Where the service stands between its first and its last moment. Only a running one is ever ready. */
export type Phase = 'starting' | 'running' | 'stopping';

export class Health {
  phase: Phase = 'starting';
  readonly #service: string;
  readonly #readiness: Checks<ReadinessReport>;
  readonly #liveness: Checks<LivenessReport>;

  constructor(service: string, discovery: DiscoveryService) {
    this.#service = service;
    this.#readiness = new Checks(discovery, READINESS, (name, why) => ({
      name,
      ready: false,
      detail: { why },
    }));
    // A check that cannot answer is no proof that a restart would help: it may wait for a database that is away.
    this.#liveness = new Checks(discovery, LIVENESS, (name, why) => ({ name, alive: true, detail: { why } }));
  }

  async ready(): Promise<HealthReport> {
    const reports = await this.#readiness.run();
    const healthy = this.phase === 'running' && reports.every(({ ready }) => ready);
    const status = this.phase === 'running' ? (healthy ? 'ready' : 'not ready') : this.phase;
    return this.#report(healthy, status, reports);
  }

  async live(): Promise<HealthReport> {
    const reports = await this.#liveness.run();
    const healthy = reports.every(({ alive }) => alive);
    return this.#report(healthy, healthy ? 'alive' : 'needs a restart', reports);
  }

  #report(
    healthy: boolean,
    status: string,
    reports: readonly (ReadinessReport | LivenessReport)[],
  ): HealthReport {
    return { healthy, body: { service: this.#service, status, checks: reports } };
  }
}
