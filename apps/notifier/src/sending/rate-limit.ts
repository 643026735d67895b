/** What may be saved up while nothing is sent: a tenth of a second's worth, and at least one. */
const BURST_SECONDS = 0.1;

/** So many a second and no more, evenly: a bucket that fills at that rate. Times are ms of one clock that never goes back. */
export class RateLimit {
  readonly #perMs: number;
  readonly #burst: number;
  #saved: number;
  #asOfMs: number;

  /** @param perSecond 0: no limit */
  constructor(perSecond: number, nowMs: number) {
    this.#perMs = perSecond === 0 ? Infinity : perSecond / 1_000;
    this.#burst = Math.max(1, perSecond * BURST_SECONDS);
    this.#saved = this.#burst;
    this.#asOfMs = nowMs;
  }

  /** How many may be begun now. */
  available(nowMs: number): number {
    if (this.#perMs === Infinity) return Infinity;
    this.#saved = Math.min(this.#burst, this.#saved + (nowMs - this.#asOfMs) * this.#perMs);
    this.#asOfMs = nowMs;
    return Math.max(0, Math.floor(this.#saved));
  }

  /** One is begun. */
  take(): void {
    this.#saved -= 1;
  }

  /** How long until one may be begun, ms; `otherwiseMs` when that is sooner, or one may be begun now. */
  waitMs(nowMs: number, otherwiseMs: number): number {
    if (this.available(nowMs) >= 1) return otherwiseMs;
    return Math.min(otherwiseMs, Math.ceil((1 - this.#saved) / this.#perMs));
  }
}
