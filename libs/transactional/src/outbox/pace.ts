import { Alarm } from './alarm.ts';

const MIN_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 2_000;

/** When the relay works, waits and stops. */
export class Pace {
  readonly #alarm = new Alarm();
  #endsAtMs = Infinity;

  /** True once a stop was asked for: finish what is there, begin nothing. */
  get isStopping(): boolean {
    return this.#endsAtMs !== Infinity;
  }

  /** True once the time that the stop left has passed. */
  get isOver(): boolean {
    return Date.now() >= this.#endsAtMs;
  }

  /** There is something to do, perhaps. */
  ring(): void {
    this.#alarm.ring();
  }

  /** Asks for a stop that may take `drainMs`. */
  stop(drainMs: number): void {
    this.#endsAtMs = Math.min(this.#endsAtMs, Date.now() + drainMs);
    this.#alarm.ring();
  }

  /** Until somebody rings, a stop is asked for, or `ms` have passed. */
  async wait(ms: number): Promise<void> {
    if (!this.isStopping) await this.#alarm.wait(ms);
  }

  /** Waits longer after each failure, with jitter. Every commit rings meanwhile; only a stop ends this pause early. */
  async backOff(failures: number): Promise<void> {
    await this.pause(pauseMs(failures));
  }

  /** As `wait`, but nobody's ring ends it. */
  async pause(ms: number): Promise<void> {
    const untilMs = performance.now() + ms;
    while (!this.isStopping && performance.now() < untilMs) {
      await this.#alarm.wait(untilMs - performance.now());
    }
  }
}

/** How long to wait after so many failures in a row. */
export function pauseMs(failures: number): number {
  const capMs = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** Math.min(failures, 10));
  return capMs / 2 + (Math.random() * capMs) / 2;
}
