import { countText, moneyText } from '../numbers.ts';
import { Bars } from '../parts/bars.tsx';
import { Panel, Quiet } from '../parts/panel.tsx';
import type { TopProduct } from '../snapshot.ts';

export function TopProducts({ products }: { readonly products: readonly TopProduct[] }) {
  const bars = products.map(({ sku, pieces, amounts }) => ({
    key: sku,
    label: sku,
    value: pieces,
    text: countText(pieces),
    note: amountsText(amounts),
  }));
  return (
    <Panel name="top-products" title="Top products" note="pieces ordered today">
      {bars.length === 0 ? (
        <Quiet>Nothing was ordered today.</Quiet>
      ) : (
        <Bars bars={bars} label="Products by pieces" />
      )}
    </Panel>
  );
}

/** Sums of different currencies are not added up. */
function amountsText(amounts: TopProduct['amounts']): string {
  const [only, ...more] = amounts;
  if (only === undefined) return '';
  if (more.length > 0) return `in ${countText(amounts.length)} currencies`;
  return moneyText(only.amount, only.currency, only.minor_unit_digits);
}
