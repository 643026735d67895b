import type { EachBatchPayload } from 'kafkajs';

interface Pause {
  readonly timer: NodeJS.Timeout;
  readonly resume: () => void;
}

/** The partitions of a member that are left alone for a while. */
export class PausedPartitions {
  readonly #pauses = new Map<string, Pause>();
  #isClosed = false;

  /** Fetches nothing more of the batch's partition for `pauseMs`. */
  pause(payload: EachBatchPayload, pauseMs: number): void {
    if (this.#isClosed) return;
    const { topic, partition } = payload.batch;
    const name = `${topic}/${partition}`;
    clearTimeout(this.#pauses.get(name)?.timer);
    const resume = payload.pause();
    const timer = setTimeout(() => this.#resume(name), pauseMs);
    this.#pauses.set(name, { timer, resume });
  }

  /** Reads on everywhere. kafkajs keeps a pause over a rebalance, although the partition may have been elsewhere meanwhile. */
  resumeAll(): void {
    for (const name of [...this.#pauses.keys()]) this.#resume(name);
  }

  /** Forgets the pauses and takes no others: the member ends. */
  close(): void {
    this.#isClosed = true;
    for (const { timer } of this.#pauses.values()) clearTimeout(timer);
    this.#pauses.clear();
  }

  #resume(name: string): void {
    const pause = this.#pauses.get(name);
    this.#pauses.delete(name);
    clearTimeout(pause?.timer);
    pause?.resume();
  }
}
