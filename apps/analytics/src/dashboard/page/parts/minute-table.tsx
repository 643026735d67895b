import { useState } from 'preact/hooks';
import type { Slot } from '../minutes.rules.ts';
import type { ChartSeries } from './uplot-chart.ts';

interface MinuteTableProps {
  readonly slots: readonly Slot[];
  readonly series: readonly ChartSeries[];
  readonly clock: Intl.DateTimeFormat;
  readonly label: string;
}

/** What a chart shows, for those who read it; newest minute first. Only made while it is open. */
export function MinuteTable({ slots, series, clock, label }: MinuteTableProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="minutes" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The same as a table</summary>
      {isOpen && (
        <div class="scroll" tabIndex={0} role="region" aria-label={label}>
          <table>
            <thead>
              <tr>
                <th scope="col">Minute</th>
                {series.map(({ key, label: name }) => (
                  <th key={key} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {slots.toReversed().map((slot) => (
                <tr key={slot.startMs}>
                  <th scope="row">{clock.format(slot.startMs)}</th>
                  {series.map(({ key, text }) => (
                    <td key={key}>{text(slot)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
