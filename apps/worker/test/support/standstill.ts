import type { TestDatabase } from '@orderstream/testing';

/** Between two looks counts for no more than this: when a look comes so late, it is the machine that stood still, not the partition. */
const LATE_LOOK_MS = 500;

/** Watches how long a partition of `orders` stands still while records flow: the longest pause between two commits of its position. */
export class Standstill {
  readonly #database: TestDatabase;
  readonly #movedAtMs = new Map<number, { readonly offset: string; readonly atMs: number }>();
  #longestMs = 0;
  #watchedMs = 0;
  readonly #running: Promise<void>;
  #isStopped = false;

  constructor(database: TestDatabase) {
    this.#database = database;
    this.#running = this.#run();
  }

  /** Runs `work` and says what the longest pause of any partition was that ended, or still lasts, since it began. */
  async during(work: () => Promise<unknown>): Promise<number> {
    this.#longestMs = 0;
    await work();
    return Math.round(this.#longestMs);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    let lookedAtMs = performance.now();
    while (!this.#isStopped) {
      const rows = await this.#database.query<{ partition: number; next_offset: string }>(
        `SELECT partition, next_offset FROM worker.consumer_positions WHERE topic = 'orders'`,
      );
      const nowMs = performance.now();
      this.#watchedMs += Math.min(nowMs - lookedAtMs, LATE_LOOK_MS);
      lookedAtMs = nowMs;
      const atMs = this.#watchedMs;
      for (const { partition, next_offset: offset } of rows) {
        const last = this.#movedAtMs.get(partition);
        if (last?.offset !== offset) this.#movedAtMs.set(partition, { offset, atMs });
        // It surely stood still until now; when one that moved did so, between two looks, nobody knows.
        else this.#longestMs = Math.max(this.#longestMs, atMs - last.atMs);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
