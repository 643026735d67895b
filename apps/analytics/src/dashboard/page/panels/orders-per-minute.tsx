import type { Clocks } from '../clocks.ts';
import type { Slot } from '../minutes.rules.ts';
import { countText } from '../numbers.ts';
import { MinuteTable } from '../parts/minute-table.tsx';
import { Panel } from '../parts/panel.tsx';
import { TimeChart } from '../parts/time-chart.tsx';
import type { ChartSeries } from '../parts/uplot-chart.ts';

interface Props {
  readonly slots: readonly Slot[];
  readonly clocks: Clocks;
  readonly timeZone: string;
}

/**
 * The light bars are what was ordered in a minute, the full ones what was confirmed and rejected in it: in step they are of one height; where
 * the full ones stay below, and rise above later, somebody had to wait. Rejected is drawn over the foot of the bar.
 */
const SERIES: readonly ChartSeries[] = [
  {
    key: 'ordered',
    label: 'Ordered',
    colour: 'outline',
    kind: 'ground',
    value: ({ created }) => created,
    text: ({ created }) => countText(created),
  },
  {
    key: 'confirmed',
    label: 'Confirmed',
    colour: 'bar',
    kind: 'bars',
    value: ({ confirmed, rejected }) => confirmed + rejected,
    text: ({ confirmed }) => countText(confirmed),
  },
  {
    key: 'rejected',
    label: 'Rejected',
    colour: 'bad',
    kind: 'bars',
    value: ({ rejected }) => rejected,
    text: ({ rejected }) => countText(rejected),
  },
];

export function OrdersPerMinute({ slots, clocks, timeZone }: Props) {
  return (
    <Panel name="orders-per-minute" title="Orders per minute">
      <TimeChart
        slots={slots}
        series={SERIES}
        summary={summaryOf(slots)}
        clock={clocks.minute}
        timeZone={timeZone}
        tick={countText}
      />
      <MinuteTable slots={slots} series={SERIES} clock={clocks.minute} label="Orders per minute as a table" />
    </Panel>
  );
}

function summaryOf(slots: readonly Slot[]): string {
  const sum = (of: (slot: Slot) => number): string =>
    countText(slots.reduce((total, slot) => total + of(slot), 0));
  return (
    `In the last hour: ${sum(({ created }) => created)} ordered, ${sum(({ confirmed }) => confirmed)} confirmed, ` +
    `${sum(({ rejected }) => rejected)} rejected.`
  );
}
