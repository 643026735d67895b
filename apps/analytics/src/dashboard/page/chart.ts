import { peakOf, ticksUpTo, type Slot } from './chart.rules.ts';
import { within, write } from './dom.ts';
import { countText } from './numbers.ts';

const SVG = 'http://www.w3.org/2000/svg';
const TOP = 8;
const BOTTOM = 22;
const RIGHT = 2;
/** Of a minute's width, what the bar takes; the rest separates it from the next. */
const BAR_SHARE = 0.62;

/**
 * Orders per minute. The area is what was ordered in a minute, the bars what was confirmed and rejected in it: in step they cover one
 * another; where the bars stay below the area, and rise above it later, somebody had to wait.
 */
export class Chart {
  readonly #root: HTMLElement;
  readonly #svg: SVGSVGElement;
  readonly #tip: HTMLElement;
  readonly #grid = this.#add('g', 'grid');
  readonly #hover = this.#add('rect', 'hover');
  readonly #ordered = this.#add('path', 'ordered');
  readonly #confirmed = this.#add('path', 'confirmed');
  readonly #rejected = this.#add('path', 'rejected');
  #slots: readonly Slot[] = [];
  #clock = new Intl.DateTimeFormat();
  #hovered: number | undefined;
  #plot = { left: 0, width: 0, height: 0 };

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#svg = within<SVGSVGElement>(root, 'svg');
    this.#tip = within(root, '.tip');
    this.#svg.append(this.#grid, this.#hover, this.#ordered, this.#confirmed, this.#rejected);
    new ResizeObserver(() => this.#draw()).observe(root);
    root.addEventListener('pointermove', (event) => this.#point(event.clientX));
    root.addEventListener('pointerdown', (event) => this.#point(event.clientX));
    root.addEventListener('pointerleave', () => this.#point(undefined));
  }

  /** @param clock how a minute is written */
  show(slots: readonly Slot[], clock: Intl.DateTimeFormat): void {
    this.#slots = slots;
    this.#clock = clock;
    this.#draw();
  }

  #draw(): void {
    const { clientWidth: width, clientHeight: height } = this.#root;
    if (this.#slots.length === 0 || width === 0) return;
    const ticks = ticksUpTo(peakOf(this.#slots));
    const top = ticks.at(-1) as number;
    const left = 12 + 7 * countText(top).length;
    this.#plot = { left, width: width - left - RIGHT, height: height - TOP - BOTTOM };
    this.#svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const y = (count: number): number => TOP + this.#plot.height * (1 - count / top);
    this.#drawGrid(ticks, y);
    this.#ordered.setAttribute('d', this.#area(y));
    this.#confirmed.setAttribute(
      'd',
      this.#bars(({ confirmed }) => [0, confirmed], y),
    );
    this.#rejected.setAttribute(
      'd',
      this.#bars(({ confirmed, rejected }) => [confirmed, confirmed + rejected], y),
    );
    this.#drawHover();
  }

  #drawGrid(ticks: readonly number[], y: (count: number) => number): void {
    const { left, width, height } = this.#plot;
    const lines = ticks.map((tick) => {
      const line = this.#add('path', tick === 0 ? 'axis' : '');
      line.setAttribute('d', `M${left} ${crisp(y(tick))}h${width}`);
      return line;
    });
    const counts = ticks.map((tick) => this.#label(left - 6, y(tick) + 4, countText(tick), 'end'));
    const every = width < 480 ? 20 : 10;
    const minutes = this.#slots.flatMap(({ startMs }, index) =>
      (startMs / 60_000) % every === 0
        ? [this.#label(this.#x(index + 0.5), TOP + height + 16, this.#clock.format(startMs), anchor(index))]
        : [],
    );
    this.#grid.replaceChildren(...lines, ...counts, ...minutes);
  }

  #area(y: (count: number) => number): string {
    const steps = this.#slots.map(({ created }, index) => `V${y(created)}H${this.#x(index + 1)}`);
    return `M${this.#x(0)} ${y(0)}${steps.join('')}V${y(0)}Z`;
  }

  #bars(span: (slot: Slot) => readonly [number, number], y: (count: number) => number): string {
    const width = (this.#plot.width / this.#slots.length) * BAR_SHARE;
    const bars = this.#slots.map((slot, index) => {
      const [from, to] = span(slot);
      if (to <= from) return '';
      return `M${this.#x(index + 0.5) - width / 2} ${y(from)}V${y(to)}h${width}V${y(from)}Z`;
    });
    return bars.join('');
  }

  #point(clientX: number | undefined): void {
    const { left, width } = this.#plot;
    const x = clientX === undefined ? -1 : clientX - this.#root.getBoundingClientRect().left - left;
    const index = Math.floor((x / width) * this.#slots.length);
    this.#hovered = index >= 0 && index < this.#slots.length ? index : undefined;
    this.#drawHover();
  }

  #drawHover(): void {
    const slot = this.#slots[this.#hovered ?? -1];
    this.#tip.hidden = slot === undefined;
    this.#hover.setAttribute('visibility', slot === undefined ? 'hidden' : 'visible');
    if (slot === undefined || this.#hovered === undefined) return;
    const { width, height } = this.#plot;
    const x = this.#x(this.#hovered);
    for (const [name, value] of Object.entries({ x, y: TOP, width: width / this.#slots.length, height }))
      this.#hover.setAttribute(name, String(value));
    write(
      this.#tip,
      `${this.#clock.format(slot.startMs)} · ${countText(slot.created)} ordered · ` +
        `${countText(slot.confirmed)} confirmed · ${countText(slot.rejected)} rejected`,
    );
    const room = this.#root.clientWidth - this.#tip.offsetWidth;
    this.#tip.style.left = `${Math.max(0, Math.min(room, x - this.#tip.offsetWidth / 2))}px`;
  }

  #x(index: number): number {
    return this.#plot.left + (this.#plot.width * index) / this.#slots.length;
  }

  #label(x: number, y: number, text: string, textAnchor: string): SVGTextElement {
    const label = this.#add('text', '');
    label.setAttribute('x', String(x));
    label.setAttribute('y', String(y));
    label.setAttribute('text-anchor', textAnchor);
    label.textContent = text;
    return label;
  }

  #add<Name extends keyof SVGElementTagNameMap>(name: Name, className: string): SVGElementTagNameMap[Name] {
    const element = document.createElementNS(SVG, name);
    if (className) element.setAttribute('class', className);
    return element;
  }
}

/** A hairline in the middle of a pixel is one pixel wide. */
function crisp(value: number): number {
  return Math.round(value) + 0.5;
}

/** Labels at the edges would be cut off if they were centred. */
function anchor(index: number): string {
  if (index < 2) return 'start';
  return index > 57 ? 'end' : 'middle';
}
