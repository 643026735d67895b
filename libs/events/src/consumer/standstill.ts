import { backOffMs } from './back-off.ts';
import { errorName } from './error-name.ts';

export interface Blocked {
  readonly sinceMs: number;
  readonly error: string;
  /** It stands for good, until somebody does something about it. */
  readonly isHalted?: true;
}

/** A slice takes some ms. Heartbeats go on while a handler hangs, so that nothing else would ever tell. */
const STUCK_MS = 30_000;

/** Whether a partition moves, and if not, since when and why: for its health, and for how long it pauses before the next try. */
export class Standstill {
  #failures = 0;
  #blocked: Blocked | undefined;
  #sliceSinceMs: number | undefined;

  /** Why the partition does not move at present; undefined while it does. */
  get blocked(): Blocked | undefined {
    const sinceMs = this.#sliceSinceMs;
    const isStuck = sinceMs !== undefined && Date.now() - sinceMs > STUCK_MS;
    return isStuck
      ? { sinceMs, error: 'the handler has not come back, or waits for its turn' }
      : this.#blocked;
  }

  sliceBegins(): void {
    this.#sliceSinceMs = Date.now();
  }

  sliceEnds(): void {
    this.#sliceSinceMs = undefined;
  }

  /** The partition moves. */
  over(): void {
    this.#failures = 0;
    this.#blocked = undefined;
  }

  /** It stands for a reason that may have changed; it has stood since it first did. */
  goesOn(why: string): void {
    this.#blocked = { sinceMs: this.#blocked?.sinceMs ?? Date.now(), error: why };
  }

  /** It stands for good, for this reason; it has stood since it first did. @returns whether the reason is another one than before */
  halts(why: string): boolean {
    const isNews = this.#blocked?.error !== why;
    this.goesOn(why);
    this.#blocked = { ...(this.#blocked as Blocked), isHalted: true };
    return isNews;
  }

  /** One more try failed. */
  failed(error: unknown): { readonly error: string; readonly failures: number; readonly pauseMs: number } {
    const name = errorName(error);
    this.#failures += 1;
    this.goesOn(name);
    return { error: name, failures: this.#failures, pauseMs: backOffMs(this.#failures) };
  }
}
