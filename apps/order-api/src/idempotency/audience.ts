/** The clients that wait for one and the same answer. */
export class Audience {
  readonly #left = new AbortController();
  #size = 0;

  /** Aborts once all of them have gone. */
  get gone(): AbortSignal {
    return this.#left.signal;
  }

  /** @param client aborts when this one has gone */
  join(client: AbortSignal): void {
    this.#size += 1;
    const leave = (): void => {
      this.#size -= 1;
      if (this.#size === 0) this.#left.abort();
    };
    if (client.aborted) leave();
    else client.addEventListener('abort', leave, { once: true });
  }
}
