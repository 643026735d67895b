import { countText, shareText } from '../numbers.ts';
import { Bars } from '../parts/bars.tsx';
import { Panel, Quiet } from '../parts/panel.tsx';
import type { Funnel } from '../snapshot.ts';

const STEPS = [
  ['viewed', 'Looked at a product'],
  ['added_to_cart', 'Filled the cart'],
  ['began_checkout', 'Began the checkout'],
  ['purchased', 'Bought'],
] as const;

/** How far today's visits came; each step with its share of the one before. */
export function FunnelPanel({ funnel }: { readonly funnel: Funnel }) {
  const bars = STEPS.map(([step, label], index) => {
    const value = funnel[step];
    const before = funnel[STEPS[index - 1]?.[0] ?? step];
    const share = index === 0 || before === 0 ? undefined : shareText(value / before);
    return { key: step, label, value, text: countText(value), ...(share && { note: share }) };
  });
  const isEmpty = bars.every(({ value }) => value === 0);
  return (
    <Panel name="funnel" title="Visits today" note="share of the step before">
      {isEmpty ? (
        <Quiet>Nobody has looked at a product today.</Quiet>
      ) : (
        <Bars bars={bars} label="Visits by how far they came" />
      )}
    </Panel>
  );
}
