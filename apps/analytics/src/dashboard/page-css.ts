export const pageCss = /* CSS */ `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f7f9, #14171c);
  --surface: light-dark(#ffffff, #1c2027);
  --line: light-dark(#dde2ea, #323946);
  --grid: light-dark(#eaedf2, #2a303b);
  --ink: light-dark(#1a2230, #e6eaf1);
  --faint: light-dark(#5a6577, #98a3b5);
  --accent: light-dark(#1f5fd0, #7db0ff);
  --accent-ground: light-dark(#e3edff, #223656);
  --area: light-dark(#cfdff8, #2b405f);
  --outline: light-dark(#7ba3e4, #5d81b8);
  --good: light-dark(#0e6e3e, #4cc38a);
  --good-ground: light-dark(#def3e7, #183a2a);
  --warn: light-dark(#8a5a00, #f0b849);
  --warn-ground: light-dark(#fdf1d8, #3d3015);
  --bad: light-dark(#b3261e, #ff8f87);
  --bad-ground: light-dark(#fde7e5, #4a2220);
  --gap: 1rem;
  font: 15px/1.45 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
}

* {
  box-sizing: border-box;
}

[hidden] {
  display: none !important;
}

.hidden {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

body {
  margin: 0 auto;
  max-width: 76rem;
  padding: 0 var(--gap) 2rem;
  background: var(--ground);
  color: var(--ink);
  font-variant-numeric: tabular-nums;
}

h1,
h2,
p,
dl,
dd,
ul {
  margin: 0;
  padding: 0;
}

h2 {
  font-size: 0.95rem;
  font-weight: 650;
}

button {
  padding: 0.3rem 0.8rem;
  border: 1px solid var(--line);
  border-radius: 0.5rem;
  background: var(--surface);
  color: inherit;
  font: inherit;
  cursor: pointer;
}

button:hover {
  border-color: var(--faint);
}

[data-state='paused'] #pause {
  border-color: var(--accent);
  background: var(--accent-ground);
}

:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 2px;
}

header {
  position: sticky;
  top: 0;
  z-index: 2;
  display: flex;
  align-items: center;
  gap: 0.75rem;
  padding: 0.9rem 0;
  background: var(--ground);
}

h1 {
  margin-inline-end: auto;
  font-size: 1.35rem;
  font-weight: 700;
  letter-spacing: -0.01em;
}

.state {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  justify-content: flex-end;
  gap: 0 0.5rem;
  color: var(--faint);
  font-size: 0.87rem;
}

#state {
  display: inline-flex;
  align-items: center;
  gap: 0.45em;
  padding: 0.1rem 0.65rem;
  border-radius: 1rem;
  background: var(--surface);
  font-weight: 600;
}

#state::before {
  content: '';
  width: 0.55em;
  height: 0.55em;
  border-radius: 50%;
  background: currentColor;
}

#age {
  min-width: 9.5em;
  text-align: end;
}

[data-state='live'] #state {
  background: var(--good-ground);
  color: var(--good);
}

[data-state='paused'] #state {
  background: var(--accent-ground);
  color: var(--accent);
}

[data-state='held-up'] :is(#state, .notice) {
  background: var(--warn-ground);
  color: var(--warn);
}

[data-state='stale'] :is(#state, #age, .notice) {
  color: var(--bad);
}

[data-state='stale'] :is(#state, .notice) {
  background: var(--bad-ground);
}

.notice {
  margin-bottom: var(--gap);
  padding: 0.6rem 1rem;
  border-radius: 0.6rem;
  background: var(--warn-ground);
}

main {
  display: grid;
  grid-template-columns: minmax(0, 1fr) minmax(19rem, 26rem);
  gap: var(--gap);
  transition: opacity 0.3s;
}

[data-state='stale'] main {
  opacity: 0.55;
  filter: grayscale(1);
}

main > :is(.tiles, #latest, #empty) {
  grid-column: 1 / -1;
}

.panel,
.tile {
  border: 1px solid var(--line);
  border-radius: 0.75rem;
  background: var(--surface);
}

.panel {
  min-width: 0;
  padding: 1rem 1.1rem;
}

.tiles {
  display: grid;
  grid-template-columns: repeat(4, minmax(0, 1fr));
  gap: var(--gap);
}

.tile {
  position: relative;
  overflow: hidden;
  padding: 0.8rem 1.1rem 0.9rem;
}

dt,
.note,
.quiet {
  color: var(--faint);
  font-size: 0.87rem;
}

.figure {
  overflow: hidden;
  font-size: clamp(1.5rem, 1rem + 2vw, 2.1rem);
  font-weight: 650;
  letter-spacing: -0.02em;
  line-height: 1.3;
  text-overflow: ellipsis;
}

.note {
  min-height: 1.45em;
}

.share {
  position: absolute;
  inset: auto 0 0;
  height: 4px;
}

.share[data-ruled='true'] {
  background: var(--accent);
}

.share span {
  display: block;
  margin-inline-start: auto;
  height: 100%;
  background: var(--bad);
}

.heading {
  display: flex;
  flex-wrap: wrap;
  justify-content: space-between;
  gap: 0.25rem 1rem;
}

.legend {
  display: flex;
  flex-wrap: wrap;
  gap: 0 1rem;
  color: var(--faint);
  font-size: 0.82rem;
  list-style: none;
}

.legend li::before {
  content: '';
  display: inline-block;
  margin-inline-end: 0.4em;
  width: 0.7em;
  height: 0.7em;
  border: 1px solid var(--edge, var(--swatch));
  border-radius: 0.15em;
  background: var(--swatch);
}

.legend .ordered {
  --swatch: var(--area);
  --edge: var(--outline);
}

.legend .confirmed {
  --swatch: var(--accent);
}

.legend .rejected {
  --swatch: var(--bad);
}

.chart {
  position: relative;
  margin-top: 0.6rem;
  height: 14rem;
  touch-action: pan-y;
}

.chart svg {
  display: block;
  width: 100%;
  height: 100%;
  overflow: visible;
}

.chart text {
  fill: var(--faint);
  font-size: 12px;
}

.grid path {
  stroke: var(--grid);
}

.grid .axis {
  stroke: var(--line);
}

.chart .ordered {
  fill: var(--area);
  stroke: var(--outline);
}

.chart .confirmed {
  fill: var(--accent);
}

.chart .rejected {
  fill: var(--bad);
}

.chart .hover {
  fill: var(--ink);
  opacity: 0.08;
}

.tip {
  position: absolute;
  top: 0;
  padding: 0.2rem 0.6rem;
  border-radius: 0.4rem;
  background: var(--ink);
  color: var(--ground);
  font-size: 0.82rem;
  white-space: nowrap;
  pointer-events: none;
}

#revenue {
  margin-top: 0.3rem;
  list-style: none;
}

#revenue li {
  display: grid;
  grid-template-columns: auto minmax(0, 1fr);
  gap: 0 1rem;
  padding: 0.4rem 0;
  border-top: 1px solid var(--line);
}

#revenue li:first-child {
  border-top: 0;
}

#revenue strong {
  font-size: 1.1rem;
  font-weight: 650;
}

#revenue :is(strong, .note) {
  min-height: 0;
  text-align: end;
}

#revenue .note {
  grid-column: 1 / -1;
}

.currency {
  align-self: center;
  font-weight: 600;
}

details {
  margin-top: 0.5rem;
}

summary {
  width: max-content;
  color: var(--faint);
  font-size: 0.87rem;
  cursor: pointer;
}

.scroll {
  overflow: auto;
  max-height: 16.5rem;
}

details .scroll {
  margin-top: 0.5rem;
}

.quiet {
  padding: 1rem 0 0.25rem;
}

table {
  width: 100%;
  border-collapse: collapse;
}

th {
  text-align: start;
}

thead th {
  padding: 0.35rem 0.75rem 0.35rem 0;
  color: var(--faint);
  font-size: 0.82rem;
  font-weight: 500;
  white-space: nowrap;
}

.scroll thead th {
  position: sticky;
  top: 0;
  background: var(--surface);
}

tbody :is(td, th) {
  padding: 0.42rem 0.75rem 0.42rem 0;
  border-top: 1px solid var(--line);
  font-weight: 400;
  white-space: nowrap;
}

.scroll :is(th, td):not(:first-child) {
  padding-inline: 0.75rem 0;
  text-align: end;
}

.scroll tbody th {
  font-weight: 600;
}

#orders :is(th, td):last-child {
  padding-inline-end: 0;
}

#orders .end {
  text-align: end;
}

#orders :is(.items, .customer) {
  padding-inline-start: 1rem;
}

#orders td.amount {
  font-weight: 600;
}

#orders .customer {
  overflow: hidden;
  max-width: 12rem;
  text-overflow: ellipsis;
}

#orders td:is(.ordered, .items, .id) {
  color: var(--faint);
}

code {
  font: 0.87rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
}

.status {
  display: inline-flex;
  align-items: center;
  gap: 0.45em;
  padding: 0.05rem 0.65rem;
  border-radius: 1rem;
  font-size: 0.82rem;
  font-weight: 600;
}

.status::before {
  content: '';
  width: 0.5em;
  height: 0.5em;
  border-radius: 50%;
  background: currentColor;
}

[data-status='accepted'] .status {
  background: var(--warn-ground);
  color: var(--warn);
}

[data-status='confirmed'] .status {
  background: var(--accent-ground);
  color: var(--accent);
}

[data-status='paid'] .status {
  background: var(--good-ground);
  color: var(--good);
}

[data-status='rejected'] .status {
  background: var(--bad-ground);
  color: var(--bad);
}

[data-status='cancelled'] .status {
  background: var(--ground);
  color: var(--faint);
}

tr.new {
  animation: arrive 1.2s ease-out;
}

.status.changed {
  animation: change 0.8s ease-out;
}

@keyframes arrive {
  from {
    background: color-mix(in srgb, var(--accent-ground) 60%, transparent);
  }
}

@keyframes change {
  from {
    box-shadow: 0 0 0 0.35rem currentColor;
  }
}

#empty {
  padding: 1.5rem;
}

#empty h2 {
  font-size: 1.15rem;
}

#empty p {
  margin: 0.2rem 0 0.8rem;
  color: var(--faint);
}

pre {
  overflow-x: auto;
  margin: 0 0 0.8rem;
  padding: 0.8rem 1rem;
  border-radius: 0.5rem;
  background: var(--ground);
}

@media (max-width: 60rem) {
  main {
    grid-template-columns: minmax(0, 1fr);
  }

  .id-start {
    display: none;
  }

  .id code::before {
    content: '…';
  }
}

@media (max-width: 40rem) {
  :root {
    --gap: 0.75rem;
  }

  .tiles {
    grid-template-columns: repeat(2, minmax(0, 1fr));
  }

  .tile {
    padding: 0.6rem 0.8rem 0.75rem;
  }

  .panel {
    padding: 0.8rem;
  }

  .chart {
    height: 11rem;
  }

  /* Two lines per order: when, what came of it, how much; below, who and what. */
  #orders thead {
    position: absolute;
    clip-path: inset(50%);
  }

  #orders,
  #orders tbody {
    display: block;
  }

  #orders tr {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    gap: 0.15rem 0.75rem;
    align-items: center;
    padding: 0.55rem 0;
    border-top: 1px solid var(--line);
  }

  #orders tbody td {
    padding: 0;
    border: 0;
  }

  #orders .items {
    grid-area: 2 / 1;
    padding: 0;
    text-align: start;
  }

  #orders .customer {
    grid-area: 2 / 2;
    padding: 0;
    max-width: none;
  }

  #orders .id {
    grid-area: 2 / 3;
  }
}

@media (prefers-reduced-motion: reduce) {
  * {
    animation: none !important;
    transition: none !important;
  }
}
`;
