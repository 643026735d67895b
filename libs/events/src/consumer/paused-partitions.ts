import type { Consumer } from 'kafkajs';

interface Pause {
  readonly timer: NodeJS.Timeout | undefined;
  readonly resume: () => void;
}

/** The partitions of a member that are left alone for a while. */
export class PausedPartitions {
  readonly #consumer: Pick<Consumer, 'pause' | 'resume'>;
  readonly #pauses = new Map<string, Pause>();
  #isClosed = false;

  constructor(consumer: Pick<Consumer, 'pause' | 'resume'>) {
    this.#consumer = consumer;
  }

  /** Fetches nothing more of the partition for `pauseMs`, or until it is resumed. */
  pause({ topic, partition }: { topic: string; partition: number }, pauseMs?: number): void {
    if (this.#isClosed) return;
    const name = `${topic}/${partition}`;
    const which = [{ topic, partitions: [partition] }];
    clearTimeout(this.#pauses.get(name)?.timer);
    this.#consumer.pause(which);
    const timer = pauseMs === undefined ? undefined : setTimeout(() => this.resume(name), pauseMs);
    this.#pauses.set(name, { timer, resume: () => this.#consumer.resume(which) });
  }

  /** Reads on everywhere. kafkajs keeps a pause over a rebalance, although the partition may have been elsewhere meanwhile. */
  resumeAll(): void {
    for (const name of [...this.#pauses.keys()]) this.resume(name);
  }

  /** Forgets the pauses and takes no others: the member ends. */
  close(): void {
    this.#isClosed = true;
    for (const { timer } of this.#pauses.values()) clearTimeout(timer);
    this.#pauses.clear();
  }

  /** Reads on in `topic/partition`. */
  resume(name: string): void {
    const pause = this.#pauses.get(name);
    this.#pauses.delete(name);
    clearTimeout(pause?.timer);
    try {
      pause?.resume();
    } catch {
      // kafkajs has given the consumer up, and says so in a moment; there is nothing to be read. Thrown in a timer it would end the process.
    }
  }
}
