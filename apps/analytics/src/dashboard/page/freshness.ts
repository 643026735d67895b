import { ageText, STALE_MS } from './age.rules.ts';
import { part, write } from './dom.ts';
import type { StillCurrent } from './snapshot.ts';

const TICK_MS = 200;

/** Says how old the figures are, and shows it when they are not to be relied on. */
export class Freshness {
  readonly #state = part('state');
  readonly #age = part('age');
  readonly #notice = part('notice');
  #heardAtMs: number | undefined;
  #isConnected = false;
  #isReceiving = true;
  #pausedAtMs: number | undefined;
  #trouble: string | undefined;

  constructor() {
    setInterval(() => this.#show(), TICK_MS);
  }

  heard({ receiving }: StillCurrent): void {
    this.#heardAtMs = performance.now();
    this.#isConnected = true;
    this.#isReceiving = receiving;
    this.#trouble = undefined;
    this.#show();
  }

  troubled(detail: string): void {
    this.#isConnected = true;
    this.#trouble = detail;
    this.#show();
  }

  broken(): void {
    this.#isConnected = false;
    this.#show();
  }

  setPaused(isPaused: boolean): void {
    this.#pausedAtMs = isPaused ? performance.now() : undefined;
    this.#show();
  }

  #show(): void {
    const ageMs = this.#heardAtMs === undefined ? undefined : performance.now() - this.#heardAtMs;
    const { state, word, notice } = this.#verdict(ageMs);
    const shownMs = this.#pausedAtMs === undefined ? ageMs : performance.now() - this.#pausedAtMs;
    document.body.dataset['state'] = state;
    write(this.#state, word);
    write(this.#age, shownMs === undefined ? '' : `updated ${ageText(shownMs)}`);
    write(this.#notice, notice);
    this.#notice.hidden = notice === '';
  }

  #verdict(ageMs: number | undefined): { state: string; word: string; notice: string } {
    if (this.#trouble !== undefined)
      return { state: 'stale', word: 'Out of date', notice: `${this.#trouble} The figures below are old.` };
    if (ageMs === undefined)
      return { state: 'connecting', word: this.#isConnected ? 'Connected' : 'Connecting', notice: '' };
    if (!this.#isConnected || ageMs > STALE_MS)
      return {
        state: 'stale',
        word: 'Reconnecting',
        notice:
          'The connection to the service is lost. The figures below are old; the page tries again by itself.',
      };
    if (!this.#isReceiving)
      return {
        state: 'held-up',
        word: 'Waiting for events',
        notice:
          'The service is not receiving events at the moment. What happens now will be counted once it does.',
      };
    return this.#pausedAtMs !== undefined
      ? { state: 'paused', word: 'Paused', notice: '' }
      : { state: 'live', word: 'Live', notice: '' };
  }
}
