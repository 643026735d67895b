import { Inject, Injectable } from '@nestjs/common';
import { RecentEventAges } from '@orderstream/events';
import { DashboardQuery, type OrderFigures } from './dashboard-query.ts';
import { Intake } from './intake.ts';
import type { DashboardSnapshot, Latency } from './page/snapshot.ts';
import { PanelsQuery } from './panels-query.ts';

/** Over how long it is told how old events were when they were counted. */
const AGES_WINDOW_MS = 60_000;

/** Puts a snapshot together: what the warehouse says, and what only this instance knows. */
@Injectable()
export class SnapshotSource {
  readonly #ages = new RecentEventAges('analytics', AGES_WINDOW_MS);

  constructor(
    @Inject(DashboardQuery) private readonly orders: DashboardQuery,
    @Inject(PanelsQuery) private readonly panels: PanelsQuery,
    @Inject(Intake) private readonly intake: Intake,
  ) {}

  /** @throws TransientError when the database is away */
  async snapshot(): Promise<DashboardSnapshot> {
    const [{ as_of, ruled, ...figures }, panels, latency] = await Promise.all([
      this.orders.snapshot(),
      this.panels.panels(),
      this.#ages.sample(performance.now()),
    ]);
    const warehouse =
      latency === undefined ? null : { events: latency.events, p50_ms: latency.p50Ms, p99_ms: latency.p99Ms };
    return {
      as_of,
      receiving: this.intake.isReceiving(),
      ...figures,
      latency: latencyOf(ruled, warehouse),
      ...panels,
    };
  }

  /** As long as the version is the same, so is the snapshot. @throws TransientError when the database is away */
  async version(): Promise<{
    readonly as_of: string;
    readonly receiving: boolean;
    readonly version: string;
  }> {
    return { ...(await this.orders.version()), receiving: this.intake.isReceiving() };
  }
}

function latencyOf(ruled: OrderFigures['ruled'], warehouse: Latency['warehouse']): Latency | null {
  return ruled.orders === 0 ? null : { ...ruled, warehouse };
}
