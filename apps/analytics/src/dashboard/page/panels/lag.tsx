import { countText, durationText } from '../numbers.ts';
import { Badge, type Tone } from '../parts/badge.tsx';
import { Panel, Quiet } from '../parts/panel.tsx';
import type { GroupLag, LagReport, LagVerdict } from '../snapshot.ts';

const TONES: Readonly<Record<LagVerdict, Tone>> = {
  OK: 'good',
  WARN: 'warn',
  STALLED: 'bad',
  STOPPED: 'bad',
};

/** How far each consumer group is behind, and whether that is a worry. */
export function Lag({ report }: { readonly report: LagReport }) {
  return (
    <Panel name="lag" title="Consumer lag" note="every group on every topic it reads">
      {report.checked_at === null ? (
        <Quiet>The groups are being watched for their first minute.</Quiet>
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Consumer lag by group and topic">
          <table>
            <thead>
              <tr>
                <th scope="col">Group</th>
                <th scope="col">Topic</th>
                <th scope="col">Verdict</th>
                <th scope="col" class="end">
                  Records
                </th>
                <th scope="col" class="end">
                  Behind
                </th>
                <th scope="col" class="hint">
                  What helps
                </th>
              </tr>
            </thead>
            <tbody>
              {report.groups.map((each) => (
                <Row key={`${each.group} ${each.topic}`} {...each} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function Row({ group, topic, verdict, records, seconds, alerting, threshold, hint }: GroupLag) {
  return (
    <tr data-group={group} data-topic={topic}>
      <th scope="row">{group}</th>
      <td>{topic}</td>
      <td>
        <Badge tone={TONES[verdict]}>{verdict}</Badge>
        {alerting && (
          <span class="alerting" title={`More than its rule of ${durationText(threshold * 1000)} allows`}>
            {' '}
            alert
          </span>
        )}
      </td>
      <td class="end">{countText(records)}</td>
      <td class="end">{records === 0 ? '–' : durationText(seconds * 1000)}</td>
      <td class="hint">{hint}</td>
    </tr>
  );
}
