/** What the stream says, by the names of its events. */
export interface Word {
  readonly event: 'snapshot' | 'current' | 'trouble';
  readonly data: string;
}

/**
 * Hands on what was said last, once the page has time for it. Showing a snapshot may take a busy or small machine longer than the next
 * one is away: shown one by one they would queue up, and the page would fall behind more and more while it calls itself live.
 */
export class LatestWord {
  readonly #tell: (word: Word) => void;
  #waiting: Word | undefined;
  #turn: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: (word: Word) => void) {
    this.#tell = tell;
  }

  say(word: Word): void {
    // "Still current" must not take the place of the snapshot it speaks of.
    if (word.event === 'current' && this.#waiting !== undefined) return;
    this.#waiting = word;
    // In a turn of its own: what has arrived meanwhile is heard before.
    this.#turn ??= setTimeout(() => {
      const latest = this.#waiting;
      this.forget();
      if (latest !== undefined) this.#tell(latest);
    });
  }

  forget(): void {
    clearTimeout(this.#turn);
    this.#turn = undefined;
    this.#waiting = undefined;
  }
}
