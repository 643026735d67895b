import { make, write } from './dom.ts';
import { countText, moneyText } from './numbers.ts';
import type { LatestOrder } from './snapshot.ts';

const STATUS_WORDS = {
  accepted: 'Accepted',
  confirmed: 'Confirmed',
  rejected: 'Rejected',
  paid: 'Paid',
  cancelled: 'Cancelled',
} as const;

/** How the time of an order is written: only the clock today, with the date before. */
export interface OrderClock {
  readonly sinceMs: number;
  readonly today: Intl.DateTimeFormat;
  readonly before: Intl.DateTimeFormat;
}

/** The newest orders. A row stays the same row for as long as its order is among them, and its status changes in place. */
export class LatestOrders {
  readonly #body: HTMLElement;
  readonly #rows = new Map<string, HTMLTableRowElement>();
  #isFirst = true;

  constructor(body: HTMLElement) {
    this.#body = body;
  }

  show(orders: readonly LatestOrder[], clock: OrderClock): void {
    const ids = new Set(orders.map(({ order_id }) => order_id));
    for (const [id, row] of this.#rows) {
      if (ids.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    orders.forEach((order, index) => {
      const row = this.#rows.get(order.order_id) ?? this.#newRow(order, clock);
      this.#setStatus(row, order);
      if (this.#body.children[index] !== row)
        this.#body.insertBefore(row, this.#body.children[index] ?? null);
    });
    this.#isFirst = false;
  }

  /** What never changes about an order. */
  #newRow(order: LatestOrder, clock: OrderClock): HTMLTableRowElement {
    const row = make('tr', this.#isFirst ? '' : 'new');
    const time = make('time', '', timeText(order.ordered_at, clock));
    time.dateTime = order.ordered_at;
    const amount = moneyText(order.amount_total, order.currency, order.minor_unit_digits);
    const items = `${countText(order.item_count)}\u00a0${order.item_count === 1 ? 'item' : 'items'}`;
    row.append(
      cell('ordered', time),
      cell('', make('span', 'status')),
      cell('amount end', amount),
      cell('items end', items),
      cell('customer', order.customer_id),
      idCell(order.order_id),
    );
    row.role = 'row';
    row.dataset['order'] = order.order_id;
    this.#rows.set(order.order_id, row);
    return row;
  }

  #setStatus(row: HTMLTableRowElement, { status }: LatestOrder): void {
    const badge = row.querySelector('.status');
    if (badge === null || row.dataset['status'] === status) return;
    const isChange = row.dataset['status'] !== undefined;
    row.dataset['status'] = status;
    write(badge, STATUS_WORDS[status]);
    badge.classList.toggle('changed', false);
    // A new animation begins only when the class was really gone in between.
    if (isChange) requestAnimationFrame(() => badge.classList.add('changed'));
  }
}

function cell(className: string, content: Node | string): HTMLTableCellElement {
  const td = make('td', className);
  td.role = 'cell';
  td.append(content);
  return td;
}

/** The end of a UUIDv7 tells orders apart, its beginning is the time: on a narrow page the end is enough. */
function idCell(id: string): HTMLTableCellElement {
  const code = make('code');
  code.append(make('span', 'id-start', id.slice(0, 24)), id.slice(24));
  code.title = id;
  return cell('id end', code);
}

function timeText(time: string, clock: OrderClock): string {
  const ms = Date.parse(time);
  return ms < clock.sinceMs
    ? `${clock.before.format(ms)}, ${clock.today.format(ms)}`
    : clock.today.format(ms);
}
