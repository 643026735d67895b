import { summariesOf, type GroupSummary } from '../lag.rules.ts';
import { countText, durationText } from '../numbers.ts';
import { Panel, Quiet } from '../parts/panel.tsx';
import { VerdictBadge } from '../parts/verdict-badge.tsx';
import type { LagReport } from '../snapshot.ts';
import { LagTopics } from './lag-topics.tsx';

/** The groups are looked at every few seconds; what is older than this is no news. */
const OLD_MS = 60_000;

interface LagProps {
  readonly report: LagReport;
  readonly asOf: string;
}

/** How far each consumer group is behind, and whether that is a worry. */
export function Lag({ report, asOf }: LagProps) {
  const { checked_at: checkedAt, groups } = report;
  const ageMs = checkedAt === null ? 0 : Date.parse(asOf) - Date.parse(checkedAt);
  return (
    <Panel
      name="lag"
      title="Consumer lag"
      note={ageMs > OLD_MS ? `last looked at ${durationText(ageMs)} ago` : 'every group, over all it reads'}
    >
      {checkedAt === null ? (
        <Quiet>Nobody has looked at the groups yet.</Quiet>
      ) : (
        <>
          <table>
            <thead>
              <tr>
                <th scope="col">Group</th>
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
              {summariesOf(groups).map((each) => (
                <Row key={each.group} {...each} />
              ))}
            </tbody>
          </table>
          <LagTopics groups={groups} />
        </>
      )}
    </Panel>
  );
}

function Row({ group, verdict, records, seconds, alerting, topics, hint }: GroupSummary) {
  return (
    <tr data-group={group}>
      <th scope="row">{group}</th>
      <td>
        <VerdictBadge verdict={verdict} />
        {alerting && <span class="alerting"> alert</span>}
      </td>
      <td class="end">{countText(records)}</td>
      <td class="end">{records === 0 ? '–' : durationText(seconds * 1000)}</td>
      <td class="hint">
        {topics.length > 0 && `${topics.join(', ')}: `}
        {hint}
      </td>
    </tr>
  );
}
