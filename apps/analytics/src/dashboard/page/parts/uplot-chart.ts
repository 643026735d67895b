import UPlot from 'uplot';
import type { Slot } from '../minutes.rules.ts';
import type { Colour, Colours } from './colours.ts';

export interface ChartSeries {
  readonly key: string;
  readonly label: string;
  readonly colour: Colour;
  /** A ground is the wider, lighter bar behind the others. */
  readonly kind: 'ground' | 'bars';
  readonly value: (slot: Slot) => number;
  /** The value as the legend tells it: exact. */
  readonly text: (slot: Slot) => string;
}

export interface ChartOptions {
  readonly series: readonly ChartSeries[];
  readonly colours: Colours;
  readonly timeZone: string;
  readonly tick: (value: number) => string;
  readonly onChoose: (index: number | undefined) => void;
}

const AXIS_FONT = '12px system-ui, sans-serif';
const HEIGHT = 208;
/** Of a minute's width, what the bar takes; the rest separates it from the next. */
const BAR_SHARE = 0.56;
const GROUND_SHARE = 0.88;
const MINUTE_S = 60;

/** uPlot as this page uses it: as wide as its place, in the page's colours, bars from zero. */
export function chartOf(root: HTMLElement, options: ChartOptions) {
  const plot = new UPlot(plotOptions(root, options), [[]], root);
  const observer = new ResizeObserver(() => {
    if (root.clientWidth > 0) plot.setSize({ width: root.clientWidth, height: HEIGHT });
  });
  observer.observe(root);
  return {
    show(slots: readonly Slot[]): void {
      const columns = options.series.map(({ value }) => slots.map(value));
      plot.setData([slots.map(({ startMs }) => startMs / 1000), ...columns]);
    },
    /** Puts the cursor on a minute, or takes it away. */
    choose(index: number | undefined): void {
      const at = index === undefined ? undefined : plot.data[0][index];
      plot.setCursor(at === undefined ? { left: -10, top: -10 } : { left: plot.valToPos(at, 'x'), top: 0 });
    },
    destroy(): void {
      observer.disconnect();
      plot.destroy();
    },
  };
}

function plotOptions(root: HTMLElement, options: ChartOptions): UPlot.Options {
  const { series, colours, timeZone, tick, onChoose } = options;
  const axis = { stroke: colours.faint, font: AXIS_FONT, ticks: { show: false } };
  return {
    width: Math.max(root.clientWidth, 100),
    height: HEIGHT,
    padding: [8, 4, 0, 0],
    tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), timeZone),
    legend: { show: false },
    cursor: { y: false, drag: { setScale: false, x: false, y: false }, points: { show: false } },
    scales: {
      // Half a minute to either side, so that the first and the last bar are whole.
      x: { time: true, range: (_plot, first, last) => [first - MINUTE_S / 2, last + MINUTE_S / 2] },
      y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.08)] },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 70, size: 28, values: '{HH}:{mm}' },
      {
        ...axis,
        grid: { stroke: colours.grid, width: 1 },
        size: (_plot, texts) => 14 + 7 * Math.max(2, ...(texts ?? []).map((text) => text.length)),
        space: 36,
        values: (_plot, values) => values.map((value) => (Number.isInteger(value) ? tick(value) : '')),
      },
    ],
    series: [{}, ...series.map((each) => seriesOptions(each, colours))],
    hooks: { setCursor: [({ cursor }) => onChoose(cursor.idx ?? undefined)] },
  };
}

function seriesOptions({ label, colour, kind }: ChartSeries, colours: Colours): UPlot.Series {
  const stroke = colours[colour];
  const points = { show: false };
  if (kind === 'ground') return { label, stroke, fill: colours.area, width: 1, points, paths: wideBars };
  return { label, stroke, fill: stroke, width: 0, points, paths: bars };
}

const barsOf = (share: number): UPlot.Series.PathBuilder =>
  UPlot.paths.bars?.({ size: [share, 48], radius: 0.08 }) as UPlot.Series.PathBuilder;
const wideBars = barsOf(GROUND_SHARE);
const bars = barsOf(BAR_SHARE);
