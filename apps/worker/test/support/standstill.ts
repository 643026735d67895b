import type { TestDatabase } from '@orderstream/testing';

/** Watches how long a partition of `orders` stands still while records flow: the longest pause between two commits of its position. */
export class Standstill {
  readonly #database: TestDatabase;
  readonly #movedAtMs = new Map<number, { readonly offset: string; readonly atMs: number }>();
  #longestMs = 0;
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
    while (!this.#isStopped) {
      const rows = await this.#database.query<{ partition: number; next_offset: string }>(
        `SELECT partition, next_offset FROM worker.consumer_positions WHERE topic = 'orders'`,
      );
      const atMs = performance.now();
      for (const { partition, next_offset: offset } of rows) {
        const last = this.#movedAtMs.get(partition);
        this.#longestMs = Math.max(this.#longestMs, last === undefined ? 0 : atMs - last.atMs);
        if (last?.offset !== offset) this.#movedAtMs.set(partition, { offset, atMs });
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
