import { MINUTES, slotsOf, type Slot } from './chart.rules.ts';
import { Chart } from './chart.ts';
import { make, part, within, write } from './dom.ts';
import { LatestOrders } from './latest-orders.ts';
import { amountText, countText, moneyText, shareText } from './numbers.ts';
import { Spoken } from './spoken.ts';
import type { CurrencyRevenue, DashboardSnapshot } from './snapshot.ts';

/** Everything on the page that comes out of a snapshot. */
export class Figures {
  readonly #chart = new Chart(part('chart'));
  readonly #orders = new LatestOrders(within(part('orders'), 'tbody'));
  readonly #spoken = new Spoken(part('spoken'));
  readonly #minutes = part<HTMLDetailsElement>('minutes');
  #isPaused = false;
  #latest: DashboardSnapshot | undefined;
  #shown: DashboardSnapshot | undefined;

  constructor() {
    this.#minutes.addEventListener('toggle', () => this.#shown && this.#showMinutes(slotsOf(this.#shown)));
  }

  take(snapshot: DashboardSnapshot): void {
    this.#latest = snapshot;
    if (!this.#isPaused) this.#show(snapshot);
  }

  /** While paused the page stands still; afterwards it shows what it missed. @returns whether it is paused now */
  togglePause(): boolean {
    this.#isPaused = !this.#isPaused;
    if (!this.#isPaused && this.#latest !== undefined) this.#show(this.#latest);
    return this.#isPaused;
  }

  #show(snapshot: DashboardSnapshot): void {
    this.#shown = snapshot;
    const { time_zone: timeZone, today, latest_orders } = snapshot;
    const slots = slotsOf(snapshot);
    const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', timeZone });
    this.#showTiles(snapshot, slots, clock);
    this.#chart.show(slots, clock);
    write(part('chart-summary'), summaryOf(slots));
    if (this.#minutes.open) this.#showMinutes(slots);
    showRevenue(today.revenue);
    this.#orders.show(latest_orders, {
      sinceMs: Date.parse(today.since),
      today: new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', timeZone }),
      before: new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone }),
    });
    part('empty').hidden = latest_orders.length > 0;
    part('latest').hidden = latest_orders.length === 0;
    within(document, 'main').setAttribute('aria-busy', 'false');
    this.#spoken.tell(snapshot);
  }

  #showTiles(
    { today, time_zone }: DashboardSnapshot,
    slots: readonly Slot[],
    clock: Intl.DateTimeFormat,
  ): void {
    const { created, confirmed, rejected, paid, cancelled } = today.orders;
    const ruled = confirmed + rejected;
    write(part('today'), countText(created));
    write(
      part('today-note'),
      `since ${clock.format(Date.parse(today.since))} ${time_zone.replaceAll('_', ' ')}`,
    );
    write(part('minute'), countText(slots[MINUTES - 1]?.created ?? 0));
    write(part('minute-note'), `${countText(slots[MINUTES - 2]?.created ?? 0)} the minute before`);
    write(part('confirmed'), countText(confirmed));
    const share = ruled === 0 ? '' : ` · ${shareText(rejected / ruled)}`;
    write(part('confirmed-note'), `${countText(rejected)} rejected${share}`);
    part('share').style.width = ruled === 0 ? '0' : `${(100 * rejected) / ruled}%`;
    within<HTMLElement>(document, '.share').dataset['ruled'] = String(ruled > 0);
    write(part('paid'), countText(paid));
    write(part('paid-note'), `${countText(cancelled)} cancelled`);
  }

  #showMinutes(slots: readonly Slot[]): void {
    if (!this.#minutes.open || this.#shown === undefined) return;
    const { time_zone: timeZone } = this.#shown;
    const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', timeZone });
    const rows = slots.toReversed().map((slot) => {
      const minute = make('th', '', clock.format(slot.startMs));
      minute.scope = 'row';
      return row(minute, countText(slot.created), countText(slot.confirmed), countText(slot.rejected));
    });
    within(this.#minutes, 'tbody').replaceChildren(...rows);
  }
}

function showRevenue(revenue: readonly CurrencyRevenue[]): void {
  const items = revenue.map(({ currency, minor_unit_digits: digits, ...amounts }) => {
    const item = make('li');
    const ordered = amountText(amounts.amount_created, digits);
    const paid = amountText(amounts.amount_paid, digits);
    item.append(
      make('span', 'currency', currency),
      make('strong', '', moneyText(amounts.amount_confirmed, currency, digits)),
      make('span', 'note', `${ordered} ordered · ${paid} paid`),
    );
    return item;
  });
  part('revenue').replaceChildren(...items);
  part('no-revenue').hidden = revenue.length > 0;
}

function row(head: HTMLElement, ...texts: string[]): HTMLTableRowElement {
  const tr = make('tr');
  tr.append(head, ...texts.map((text) => make('td', '', text)));
  return tr;
}

function summaryOf(slots: readonly Slot[]): string {
  const sum = (of: (slot: Slot) => number): string =>
    countText(slots.reduce((total, slot) => total + of(slot), 0));
  return (
    `In the last hour: ${sum(({ created }) => created)} ordered, ${sum(({ confirmed }) => confirmed)} confirmed, ` +
    `${sum(({ rejected }) => rejected)} rejected.`
  );
}
