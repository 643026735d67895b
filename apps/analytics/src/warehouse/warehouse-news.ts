import { Injectable } from '@nestjs/common';

/** Tells whoever shows the warehouse that this process has just committed something to it. Says nothing of other processes. */
@Injectable()
export class WarehouseNews {
  readonly #listeners = new Set<() => void>();

  tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** @returns ends the listening */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
