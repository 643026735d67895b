import { useEffect, useRef, useState } from 'preact/hooks';
import { countText } from '../numbers.ts';
import type { DashboardSnapshot } from '../snapshot.ts';

/** Somebody who listens to the page is told of orders in one sentence now and then, not of every figure that moves. */
const QUIET_MS = 15_000;

/** What a screen reader says about orders that came in. */
export function Spoken({ today }: Pick<DashboardSnapshot, 'today'>) {
  const told = useRef<{ readonly created: number; readonly since: string; readonly atMs: number }>(undefined);
  const [sentence, setSentence] = useState('');
  const { since, orders } = today;
  useEffect(() => {
    const nowMs = performance.now();
    const before = told.current;
    if (before !== undefined) {
      const orderCount = orders.created - (before.since === since ? before.created : 0);
      if (orderCount <= 0 || nowMs - before.atMs < QUIET_MS) return;
      const noun = orderCount === 1 ? 'order' : 'orders';
      setSentence(`${countText(orderCount)} new ${noun}, ${countText(orders.created)} today.`);
    }
    // The first word of the page is the page itself.
    told.current = { created: orders.created, since, atMs: before === undefined ? -QUIET_MS : nowMs };
  }, [since, orders.created]);
  return (
    <p class="hidden" role="status">
      {sentence}
    </p>
  );
}
