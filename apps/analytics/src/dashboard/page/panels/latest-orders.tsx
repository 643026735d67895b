import { timeText, type Clocks } from '../clocks.ts';
import { countText, moneyText } from '../numbers.ts';
import { Badge } from '../parts/badge.tsx';
import { Panel } from '../parts/panel.tsx';
import type { LatestOrder } from '../snapshot.ts';
import { STATUS } from '../status.ts';

/** More than a glance takes in nobody reads. */
const SHOWN = 15;

interface LatestOrdersProps {
  readonly orders: readonly LatestOrder[];
  readonly clocks: Clocks;
  readonly sinceMs: number;
  readonly onOpen: (orderId: string) => void;
}

/**
 * The newest orders. A row stays the same row for as long as its order is among them, and its status changes in place. The roles are
 * those of a table: on a narrow page CSS lays the rows out anew, and browsers then forget them.
 */
export function LatestOrders({ orders, clocks, sinceMs, onOpen }: LatestOrdersProps) {
  if (orders.length === 0) return null;
  return (
    <Panel name="latest" title="Latest orders">
      <table id="orders" role="table" aria-labelledby="latest-title">
        <thead role="rowgroup">
          <tr role="row">
            <Head name="Ordered" />
            <Head name="Status" />
            <Head name="Amount" class="end" />
            <Head name="Items" class="items end" />
            <Head name="Customer" class="customer" />
            <Head name="Order" class="end" />
          </tr>
        </thead>
        <tbody role="rowgroup">
          {orders.slice(0, SHOWN).map((order) => (
            <Row
              key={order.order_id}
              order={order}
              time={timeText(order.ordered_at, clocks, sinceMs)}
              onOpen={onOpen}
            />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Head({ name, class: className = '' }: { readonly name: string; readonly class?: string }) {
  return (
    <th role="columnheader" scope="col" class={className}>
      {name}
    </th>
  );
}

interface RowProps extends Pick<LatestOrdersProps, 'onOpen'> {
  readonly order: LatestOrder;
  readonly time: string;
}

function Row({ order, time, onOpen }: RowProps) {
  const { order_id: id, status, currency, minor_unit_digits: digits, amount_total: amount } = order;
  const { word, tone } = STATUS[status];
  return (
    <tr role="row" data-order={id} data-status={status} onClick={() => onOpen(id)}>
      <td role="cell" class="ordered">
        <time dateTime={order.ordered_at}>{time}</time>
      </td>
      <td role="cell" class="state-cell">
        {/* Another status is another element: its animation begins anew. */}
        <Badge key={status} tone={tone}>
          {word}
        </Badge>
      </td>
      <td role="cell" class="amount end">
        {moneyText(amount, currency, digits)}
      </td>
      <td role="cell" class="items end">
        {`${countText(order.item_count)}\u00a0${order.item_count === 1 ? 'item' : 'items'}`}
      </td>
      <td role="cell" class="customer">
        {order.customer_id}
      </td>
      <td role="cell" class="id end">
        {/* The end of a UUIDv7 tells orders apart, its beginning is the time: on a narrow page the end is enough. */}
        <button
          type="button"
          class="link"
          title={`${id}: show its timeline`}
          onClick={(event) => (event.stopPropagation(), onOpen(id))}
        >
          <code>
            <span class="id-start">{id.slice(0, 24)}</span>
            {id.slice(24)}
          </code>
        </button>
      </td>
    </tr>
  );
}
