import { countText, durationText } from '../numbers.ts';
import { Panel, Quiet } from '../parts/panel.tsx';
import type { Latency } from '../snapshot.ts';

/** How long things take on their way. */
export function LatencyPanel({ latency }: { readonly latency: Latency | null }) {
  return (
    <Panel name="latency" title="End to end">
      {latency === null ? (
        <Quiet>No order has been ruled yet.</Quiet>
      ) : (
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">From → to</th>
              <th scope="col">Median</th>
              <th scope="col">99 of 100</th>
            </tr>
          </thead>
          <tbody>
            <Row
              name="Accepted → ruled"
              note={`the newest ${countText(latency.orders)} orders`}
              {...latency}
            />
            {latency.warehouse !== null && (
              <Row
                name="Happened → counted here"
                note={`${countText(latency.warehouse.events)} events of the last minute`}
                {...latency.warehouse}
              />
            )}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

interface RowProps {
  readonly name: string;
  readonly note: string;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

function Row({ name, note, p50_ms, p99_ms }: RowProps) {
  return (
    <tr>
      <th scope="row">
        {name} <span class="note">{note}</span>
      </th>
      <td>{durationText(p50_ms)}</td>
      <td>{durationText(p99_ms)}</td>
    </tr>
  );
}
