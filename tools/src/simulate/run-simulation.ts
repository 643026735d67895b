import { setTimeout as sleep } from 'node:timers/promises';
import { VisitInProgress } from './make-visit.ts';
import { planTraffic, type Traffic } from './plan-traffic.ts';
import { settle } from './settle.ts';
import { ShopClient, type ClientCounts } from './shop-client.ts';
import { Tally, type PlacedOrder } from './tally.ts';
import type { PlantedFraud } from './visit.ts';

export interface Simulation extends Traffic {
  readonly url: string;
  /** Simulated seconds per second. */
  readonly speed: number;
  /** How long orders are waited for at the end, ms. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

export interface SimulationResult {
  readonly tally: Tally;
  readonly counts: ClientCounts;
  readonly planted: readonly PlantedFraud[];
  readonly visits: number;
  /** Visits that ended early: the shop did not answer for too long, or the run was stopped. */
  readonly broken: number;
  /** Orders that did not come to where they had to. */
  readonly unsettled: readonly PlacedOrder[];
  readonly seconds: number;
  /** How late the latest visit began, ms: what this machine, or the shop, could not keep up with. */
  readonly latestBeginMs: number;
}

const PROGRESS_MS = 2_000;

/** Lets the visits happen, each at its time, and waits for what becomes of their orders. */
export async function runSimulation(simulation: Simulation): Promise<SimulationResult> {
  const { signal, speed, progress } = simulation;
  const client = new ShopClient(simulation.url, signal);
  const tally = new Tally();
  const startedMs = performance.now();
  const context = { client, tally, startedMs, speed, signal };
  const underWay = new Set<Promise<void>>();
  const planted: PlantedFraud[] = [];
  let [begun, broken, latestBeginMs] = [0, 0, 0];
  const report = (): void => {
    const seconds = (performance.now() - startedMs) / 1000;
    const events = [...tally.webEvents.values()].reduce((sum, count) => sum + count, 0);
    progress(
      `${seconds.toFixed(0)} s: ${begun} of ${simulation.visits} visits begun, ${underWay.size} under way; ` +
        `${tally.orders.length} orders and ${events} web events taken`,
    );
  };
  const timer = setInterval(report, PROGRESS_MS);
  try {
    for (const visit of planTraffic(simulation)) {
      const dueMs = startedMs + visit.beginsMs / speed;
      const leftMs = dueMs - performance.now();
      if (leftMs > 1) await sleep(leftMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      latestBeginMs = Math.max(latestBeginMs, performance.now() - dueMs);
      begun += 1;
      if (visit.fraud !== undefined) planted.push(visit.fraud);
      const made: Promise<void> = new VisitInProgress(visit, context)
        .make()
        .catch(() => void (broken += 1))
        .finally(() => underWay.delete(made));
      underWay.add(made);
    }
    await Promise.all(underWay);
    const unsettled = await settle({
      client,
      orders: tally.orders,
      deadlineMs: simulation.settleMs,
      signal,
      progress,
    });
    const seconds = (performance.now() - startedMs) / 1000;
    return {
      tally,
      counts: client.counts,
      planted,
      visits: begun,
      broken,
      unsettled,
      seconds,
      latestBeginMs,
    };
  } finally {
    clearInterval(timer);
    client.close();
  }
}
