import { countText, moneyText } from '../numbers.ts';
import { Bars } from '../parts/bars.tsx';
import { Panel, Quiet } from '../parts/panel.tsx';
import type { TopProduct } from '../snapshot.ts';

export function TopProducts({ products }: { readonly products: readonly TopProduct[] }) {
  const bars = products.map(({ sku, pieces, currency, minor_unit_digits: digits, amount }) => ({
    key: `${sku} ${currency}`,
    label: sku,
    value: pieces,
    text: countText(pieces),
    note: moneyText(amount, currency, digits),
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
