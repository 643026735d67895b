import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { WarehouseNews } from '../warehouse/warehouse-news.ts';
import type { DashboardSnapshot, StillCurrent, Trouble } from './page/snapshot.ts';
import { SnapshotSource } from './snapshot-source.ts';

/** One message to everybody who watches. */
export type DashboardMessage =
  | { readonly event: 'snapshot'; readonly data: DashboardSnapshot }
  | { readonly event: 'current'; readonly data: StillCurrent }
  | { readonly event: 'trouble'; readonly data: Trouble };

export type Watcher = (message: DashboardMessage) => void;

/** At most four pushes a second: more than that nobody can read. */
const PUSH_INTERVAL_MS = 250;
/** With many watching the pushes get rarer, down to one a second: what a push costs grows with them, and consuming comes first. */
const PUSH_INTERVAL_MS_PER_WATCHER = 4;
const LONGEST_PUSH_INTERVAL_MS = 1_000;
/** How often it is asked whether another instance has committed something; also the pulse that tells viewers they are up to date. */
const POLL_INTERVAL_MS = 1_000;
/** Reading may take a fifth of one connection's time: a slow database makes the pushes rarer, though not at will. */
const REST_PER_READ = 4;
const LONGEST_REST_MS = 5_000;

/**
 * Keeps those who watch up to date: one query per push, however many they are; after every batch this process committed, and within
 * a second of what another instance did. Nobody watching, nothing asked.
 */
@Injectable()
export class DashboardFeed implements OnModuleDestroy {
  readonly #logger = new Logger('Dashboard');
  readonly #watchers = new Set<Watcher>();
  readonly #endListening: () => void;
  #reading: Promise<DashboardSnapshot> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isWorking = false;
  #hasNews = true;
  #version: string | undefined;
  #notBeforeMs = 0;
  #isTroubled = false;

  constructor(
    @Inject(SnapshotSource) private readonly source: SnapshotSource,
    @Inject(WarehouseNews) news: WarehouseNews,
  ) {
    this.#endListening = news.listen(() => this.#onNews());
  }

  onModuleDestroy(): void {
    this.#endListening();
    this.#watchers.clear();
    clearTimeout(this.#timer);
  }

  /** The state of this moment. Those who ask while it is being read share the answer. @throws TransientError when the database is away */
  current(): Promise<DashboardSnapshot> {
    this.#reading ??= this.source.snapshot().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  /** Calls `watcher` with a snapshot soon and with every change from then on. @returns ends it */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    this.#onNews();
    return () => this.#watchers.delete(watcher);
  }

  get watcherCount(): number {
    return this.#watchers.size;
  }

  #onNews(): void {
    this.#hasNews = true;
    if (this.#watchers.size > 0 && !this.#isWorking) this.#workIn(this.#notBeforeMs - performance.now());
  }

  #workIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#work(), Math.max(0, ms));
  }

  async #work(): Promise<void> {
    if (this.#watchers.size === 0) return;
    this.#isWorking = true;
    const startedAtMs = performance.now();
    try {
      this.#tell(await this.#nextMessage());
      if (this.#isTroubled) this.#logger.log('the warehouse answers again');
      this.#isTroubled = false;
    } catch (error) {
      this.#hasNews = true;
      this.#tell({ event: 'trouble', data: { detail: 'The warehouse does not answer.' } });
      if (!this.#isTroubled) this.#logger.warn({ message: 'the warehouse does not answer', err: error });
      this.#isTroubled = true;
    }
    this.#isWorking = false;
    this.#planNext(startedAtMs);
  }

  #planNext(startedAtMs: number): void {
    const nowMs = performance.now();
    const restMs = Math.min((nowMs - startedAtMs) * REST_PER_READ, LONGEST_REST_MS);
    this.#notBeforeMs = Math.max(startedAtMs + this.#pushIntervalMs(), nowMs + restMs);
    const isUrgent = this.#hasNews && !this.#isTroubled;
    const nextAtMs = isUrgent
      ? this.#notBeforeMs
      : Math.max(this.#notBeforeMs, startedAtMs + POLL_INTERVAL_MS);
    this.#workIn(nextAtMs - nowMs);
  }

  #pushIntervalMs(): number {
    const wantedMs = this.#watchers.size * PUSH_INTERVAL_MS_PER_WATCHER;
    return Math.min(Math.max(PUSH_INTERVAL_MS, wantedMs), LONGEST_PUSH_INTERVAL_MS);
  }

  async #nextMessage(): Promise<DashboardMessage> {
    const isNews = this.#hasNews;
    this.#hasNews = false;
    // The version is read first: what is committed between the two reads is then seen as news once more, never missed.
    const { version, ...current } = await this.source.version();
    if (!isNews && version === this.#version) return { event: 'current', data: current };
    const data = await this.source.snapshot();
    this.#version = version;
    return { event: 'snapshot', data };
  }

  #tell(message: DashboardMessage): void {
    for (const watcher of this.#watchers) watcher(message);
  }
}
