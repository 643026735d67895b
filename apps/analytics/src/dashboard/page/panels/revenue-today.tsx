import { amountText, moneyText } from '../numbers.ts';
import { Panel, Quiet } from '../parts/panel.tsx';
import type { CurrencyRevenue } from '../snapshot.ts';

export function RevenueToday({ revenue }: { readonly revenue: readonly CurrencyRevenue[] }) {
  return (
    <Panel name="revenue-today" title="Revenue today" note="confirmed orders">
      {revenue.length === 0 && <Quiet>Nothing was ordered today.</Quiet>}
      {revenue.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Revenue today by currency">
          <ul class="revenue">
            {revenue.map(({ currency, minor_unit_digits: digits, ...amounts }) => (
              <li key={currency}>
                <span class="currency">{currency}</span>
                <strong>{moneyText(amounts.amount_confirmed, currency, digits)}</strong>
                <span class="note">
                  {amountText(amounts.amount_created, digits)} ordered ·{' '}
                  {amountText(amounts.amount_paid, digits)} paid
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Panel>
  );
}
