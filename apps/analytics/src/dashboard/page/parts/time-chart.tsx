import { useEffect, useRef, useState } from 'preact/hooks';
import type { Slot } from '../minutes.rules.ts';
import { useColours } from './colours.ts';
import { chartOf, type ChartSeries } from './uplot-chart.ts';

interface TimeChartProps {
  readonly slots: readonly Slot[];
  readonly series: readonly ChartSeries[];
  /** The chart in a sentence, for those who do not see it. */
  readonly summary: string;
  readonly clock: Intl.DateTimeFormat;
  readonly timeZone: string;
  /** Writes a value at the axis: short. */
  readonly tick: (value: number) => string;
}

/**
 * An hour, minute by minute. The legend tells the minute under the pointer, or the one chosen by the arrow keys; else the last one.
 */
export function TimeChart({ slots, series, summary, clock, timeZone, tick }: TimeChartProps) {
  const root = useRef<HTMLDivElement>(null);
  const chart = useRef<ReturnType<typeof chartOf>>(undefined);
  const [chosen, setChosen] = useState<number>();
  const colours = useColours();
  const shape = series.map(({ key }) => key).join();
  useEffect(() => {
    const element = root.current;
    if (element === null) return undefined;
    const made = chartOf(element, { series, colours, timeZone, tick, onChoose: setChosen });
    chart.current = made;
    made.show(slots);
    return () => made.destroy();
    // The series' keys say what kind of chart it is; their values come with each `show`.
  }, [colours, timeZone, shape]);
  useEffect(() => chart.current?.show(slots), [slots]);

  const index = chosen ?? slots.length - 1;
  const slot = slots[index];
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    chart.current?.choose(Math.min(Math.max(index + step, 0), slots.length - 1));
  };
  return (
    <>
      <p class="legend" aria-live="off">
        <span class="legend-time">{slot === undefined ? '' : clock.format(slot.startMs)}</span>
        {series.map(({ key, label, colour, text }) => (
          <span key={key} class="legend-item" data-colour={colour}>
            {label} <strong>{slot === undefined ? '–' : text(slot)}</strong>
          </span>
        ))}
      </p>
      <div
        ref={root}
        class="chart"
        role="img"
        tabIndex={0}
        aria-label={`${summary} Arrow keys choose a minute.`}
        onKeyDown={move}
        onBlur={() => chart.current?.choose(undefined)}
      />
    </>
  );
}
