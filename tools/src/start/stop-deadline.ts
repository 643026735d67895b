/** Everything is to have ended 30 s after Ctrl-C; what is left of them is for killing what has not, and for this process's own end. */
const WHOLE_MS = 26_000;

/** How long ending in order may take: it is counted from the wish to stop, or from where a failure first asks. */
export class StopDeadline {
  #endMs: number | undefined;

  constructor(signal: AbortSignal) {
    signal.addEventListener('abort', () => void this.leftMs(), { once: true });
  }

  /** What is left now, without the `reservedMs` that others need afterwards. */
  leftMs(reservedMs = 0): number {
    this.#endMs ??= performance.now() + WHOLE_MS;
    return Math.max(0, this.#endMs - reservedMs - performance.now());
  }
}
