import { Injectable } from '@nestjs/common';

/** Tells the senders of this process that something was committed to the queue. Who misses it finds the row within a second. */
@Injectable()
export class QueueBell {
  readonly #listeners = new Set<() => void>();

  ring(): void {
    for (const listener of this.#listeners) listener();
  }

  onRing(listener: () => void): void {
    this.#listeners.add(listener);
  }
}
