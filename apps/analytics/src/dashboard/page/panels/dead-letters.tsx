import { countText } from '../numbers.ts';
import { Bars } from '../parts/bars.tsx';
import { Panel, Quiet } from '../parts/panel.tsx';
import type { DeadLetterReport } from '../snapshot.ts';

/** What groups could not process and nobody has dealt with yet, by reason. */
export function DeadLetters({ report }: { readonly report: DeadLetterReport }) {
  const total = report.counts.reduce((sum, { count }) => sum + count, 0);
  const bars = report.counts.map(({ group, topic, reason, count }) => ({
    key: `${group} ${topic} ${reason}`,
    label: `${reason.replaceAll('-', ' ')} · ${group}, ${topic}`,
    value: count,
    text: countText(count),
  }));
  return (
    <Panel name="dead-letters" title="Dead letters" note={total > 0 ? `${countText(total)} open` : undefined}>
      {report.checked_at === null && <Quiet>Not looked at yet.</Quiet>}
      {report.checked_at !== null && total === 0 && <Quiet>None is open.</Quiet>}
      {total > 0 && (
        <>
          <Bars bars={bars} label="Open dead letters by reason" />
          <p class="note">
            <code>npx orderstream dlq list</code> shows each of them.
          </p>
        </>
      )}
    </Panel>
  );
}
