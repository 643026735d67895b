import { write } from './dom.ts';
import { countText } from './numbers.ts';
import type { DashboardSnapshot } from './snapshot.ts';

/** Somebody who listens to the page is told of orders in one sentence now and then, not of every figure that moves. */
const QUIET_MS = 15_000;

/** What a screen reader says about orders that came in. */
export class Spoken {
  readonly #element: HTMLElement;
  #told: { readonly created: number; readonly since: string } | undefined;
  #notBeforeMs = 0;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  tell({ today }: DashboardSnapshot): void {
    const { created } = today.orders;
    const before = this.#told?.since === today.since ? this.#told.created : 0;
    const isFirst = this.#told === undefined;
    if (!isFirst && (created <= before || performance.now() < this.#notBeforeMs)) return;
    this.#told = { created, since: today.since };
    if (isFirst) return;
    this.#notBeforeMs = performance.now() + QUIET_MS;
    const orders = created - before;
    write(
      this.#element,
      `${countText(orders)} new ${orders === 1 ? 'order' : 'orders'}, ${countText(created)} today.`,
    );
  }
}
