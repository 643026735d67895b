import { useEffect, useRef, useState } from 'preact/hooks';
import type { Clocks } from '../clocks.ts';
import { countText, durationText, moneyText } from '../numbers.ts';
import { Badge } from '../parts/badge.tsx';
import { Quiet } from '../parts/panel.tsx';
import type { OrderStatus, OrderStep, OrderStory } from '../snapshot.ts';
import { STATUS } from '../status.ts';

interface OrderDialogProps {
  readonly orderId: string;
  /** As the stream says; with another one the order is asked for anew. */
  readonly status: OrderStatus | undefined;
  readonly clocks: Clocks;
  readonly onClose: () => void;
}

const STEP_WORDS: Readonly<Record<OrderStep['step'], string>> = {
  created: 'Accepted',
  confirmed: 'Confirmed',
  rejected: 'Rejected',
  paid: 'Paid',
  cancelled: 'Cancelled',
  'payment-failed': 'Payment failed',
};

/** One order: what is in it and what became of it, step by step. The browser's own dialog keeps the focus in and closes on Escape. */
export function OrderDialog({ orderId, status, clocks, onClose }: OrderDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { story, isFailed } = useStory(orderId, status);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="order-title"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div class="order">
        <div class="heading">
          <h2 id="order-title">Order</h2>
          {story !== undefined && <Badge tone={STATUS[story.status].tone}>{STATUS[story.status].word}</Badge>}
          <button type="button" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </div>
        <p>
          <code class="whole-id">{orderId}</code>
        </p>
        {isFailed && <Quiet>The order could not be read. Close this and try again.</Quiet>}
        {story === undefined && !isFailed && <Quiet>Reading the order …</Quiet>}
        {story !== undefined && <Story story={story} clocks={clocks} />}
      </div>
    </dialog>
  );
}

function Story({ story, clocks }: { readonly story: OrderStory; readonly clocks: Clocks }) {
  const { currency, minor_unit_digits: digits, items, steps } = story;
  return (
    <>
      <p class="summary">
        <strong>{moneyText(story.amount_total, currency, digits)}</strong>
        <span class="note">
          {' '}
          {countText(story.item_count)} {story.item_count === 1 ? 'item' : 'items'}, customer{' '}
          {story.customer_id}
        </span>
      </p>
      <ol class="timeline" aria-label="Timeline">
        {steps.map(({ step, at, detail }, index) => (
          <li key={`${step} ${at}`} data-step={step}>
            <strong>{STEP_WORDS[step]}</strong>
            <time dateTime={at}>{clocks.exact.format(Date.parse(at))}</time>
            <span class="note">
              {index === 0 ? clocks.day.format(Date.parse(at)) : sinceText(steps[index - 1], at)}
              {detail !== undefined && ` · ${detail}`}
            </span>
          </li>
        ))}
      </ol>
      {items.length > 0 && (
        <ul class="items" aria-label="Items">
          {items.map(({ sku, quantity, unit_amount: unit }, index) => (
            <li key={index}>
              <span>
                {countText(quantity)} × {sku}
              </span>
              <span>{moneyText(quantity * unit, currency, digits)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function sinceText(before: OrderStep | undefined, at: string): string {
  const ms = Date.parse(at) - Date.parse(before?.at ?? at);
  return ms < 0 ? 'told with an earlier time' : `${durationText(ms)} later`;
}

function useStory(orderId: string, status: OrderStatus | undefined) {
  const [story, setStory] = useState<OrderStory>();
  const [isFailed, setFailed] = useState(false);
  useEffect(() => {
    const leaving = new AbortController();
    fetch(`v1/dashboard/orders/${orderId}`, { signal: leaving.signal })
      .then((answer) => (answer.ok ? (answer.json() as Promise<OrderStory>) : Promise.reject(new Error())))
      .then((read) => (setFailed(false), setStory(read)))
      .catch(() => !leaving.signal.aborted && setFailed(true));
    return () => leaving.abort();
  }, [orderId, status]);
  return { story, isFailed };
}
