import { useState } from 'preact/hooks';
import { countText, durationText } from '../numbers.ts';
import { VerdictBadge } from '../parts/verdict-badge.tsx';
import type { GroupLag } from '../snapshot.ts';

/** Each group on each topic, for who wants to know exactly. Only made while it is open. */
export function LagTopics({ groups }: { readonly groups: readonly GroupLag[] }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>By topic</summary>
      {isOpen && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Consumer lag by group and topic">
          <table class="topics">
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
                <th scope="col" class="end">
                  Allowed
                </th>
                <th scope="col" class="end">
                  Instances
                </th>
              </tr>
            </thead>
            <tbody>
              {groups.map(({ group, topic, verdict, records, seconds, threshold, members }) => (
                <tr key={`${group} ${topic}`} data-topic={topic}>
                  <th scope="row">{group}</th>
                  <td>{topic}</td>
                  <td>
                    <VerdictBadge verdict={verdict} />
                  </td>
                  <td class="end">{countText(records)}</td>
                  <td class="end">{records === 0 ? '–' : durationText(seconds * 1000)}</td>
                  <td class="end">{durationText(threshold * 1000)}</td>
                  <td class="end">{countText(members)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
