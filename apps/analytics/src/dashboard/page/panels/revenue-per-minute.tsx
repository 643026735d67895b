import { useState } from 'preact/hooks';
import type { Clocks } from '../clocks.ts';
import type { Slot } from '../minutes.rules.ts';
import { decimalOf, moneyText, shortText } from '../numbers.ts';
import { MinuteTable } from '../parts/minute-table.tsx';
import { Panel } from '../parts/panel.tsx';
import { TimeChart } from '../parts/time-chart.tsx';
import type { ChartSeries } from '../parts/uplot-chart.ts';
import type { CurrencyRevenue, DashboardSnapshot } from '../snapshot.ts';

interface Props {
  readonly slots: readonly Slot[];
  readonly clocks: Clocks;
  readonly timeZone: string;
  readonly today: DashboardSnapshot['today'];
}

/** Sums of different currencies are not added up: one at a time, the busiest one first. */
export function RevenuePerMinute({ slots, clocks, timeZone, today }: Props) {
  const [chosen, setChosen] = useState<string>();
  const currencies = today.revenue;
  const shown = currencies.find(({ currency }) => currency === chosen) ?? currencies[0];
  const series = seriesOf(shown);
  return (
    <Panel
      name="revenue-per-minute"
      title="Revenue per minute"
      note={
        currencies.length > 1 ? (
          <select
            aria-label="Currency"
            value={shown?.currency ?? ''}
            onChange={(event) => setChosen(event.currentTarget.value)}
          >
            {currencies.map(({ currency }) => (
              <option key={currency}>{currency}</option>
            ))}
          </select>
        ) : (
          (shown?.currency ?? 'confirmed orders')
        )
      }
    >
      <TimeChart
        slots={slots}
        series={series}
        summary={`Revenue of confirmed orders in the last hour, in ${shown?.currency ?? 'no currency yet'}.`}
        clock={clocks.minute}
        timeZone={timeZone}
        tick={shortText}
      />
      <MinuteTable
        slots={slots}
        series={series}
        clock={clocks.minute}
        label="Revenue per minute as a table"
      />
    </Panel>
  );
}

function seriesOf(shown: CurrencyRevenue | undefined): ChartSeries[] {
  const { currency = '', minor_unit_digits: digits = 2 } = shown ?? {};
  const minorUnits = ({ revenue }: Slot): string => revenue[currency] ?? '0';
  return [
    {
      key: `confirmed ${currency}`,
      label: 'Confirmed',
      colour: 'bar-good',
      kind: 'bars',
      // As high as a bar can be drawn; the exact amount is text.
      value: (slot) => Number(decimalOf(minorUnits(slot), digits)),
      text: (slot) => (currency === '' ? '–' : moneyText(minorUnits(slot), currency, digits)),
    },
  ];
}
