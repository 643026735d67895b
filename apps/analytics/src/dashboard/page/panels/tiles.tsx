import { countText, durationText, shareText } from '../numbers.ts';
import { MINUTES, type Slot } from '../minutes.rules.ts';
import type { DashboardSnapshot } from '../snapshot.ts';

interface TilesProps {
  readonly snapshot: DashboardSnapshot;
  readonly slots: readonly Slot[];
  readonly clock: Intl.DateTimeFormat;
}

/** The day in five numbers. */
export function Tiles({ snapshot, slots, clock }: TilesProps) {
  const { today, time_zone: zone, latency } = snapshot;
  const { created, confirmed, rejected, paid, cancelled } = today.orders;
  const ruled = confirmed + rejected;
  const share = ruled === 0 ? '' : ` · ${shareText(rejected / ruled)}`;
  const sinceText = `since ${clock.format(Date.parse(today.since))} ${zone.replaceAll('_', ' ')}`;
  return (
    <dl class="tiles">
      <Tile id="today" name="Orders today" figure={countText(created)} note={sinceText} />
      <Tile
        id="minute"
        name="This minute"
        figure={countText(slots[MINUTES - 1]?.created ?? 0)}
        note={`${countText(slots[MINUTES - 2]?.created ?? 0)} the minute before`}
      />
      <Tile
        id="confirmed"
        name="Confirmed today"
        figure={countText(confirmed)}
        note={`${countText(rejected)} rejected${share}`}
      />
      <Tile id="paid" name="Paid today" figure={countText(paid)} note={`${countText(cancelled)} cancelled`} />
      <Tile
        id="latency"
        name="Accepted to ruled"
        figure={latency === null ? '–' : durationText(latency.p50_ms)}
        note={latency === null ? 'no order yet' : `99\u00a0% within ${durationText(latency.p99_ms)}`}
      />
    </dl>
  );
}

interface TileProps {
  readonly id: string;
  readonly name: string;
  readonly figure: string;
  readonly note: string;
}

function Tile({ id, name, figure, note }: TileProps) {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd id={id} class="figure">
        {figure}
      </dd>
      <dd class="note">{note}</dd>
    </div>
  );
}
