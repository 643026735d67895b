import type { Clocks } from '../clocks.ts';
import { shareText } from '../numbers.ts';
import { Badge } from '../parts/badge.tsx';
import { Panel, Quiet } from '../parts/panel.tsx';
import type { Suspicion } from '../snapshot.ts';

interface FraudProps {
  readonly suspicions: readonly Suspicion[] | null;
  readonly clocks: Clocks;
}

/** Who looks suspicious, by which rule, and why. */
export function Fraud({ suspicions, clocks }: FraudProps) {
  return (
    <Panel name="fraud" title="Fraud alerts" {...(suspicions?.length && { note: 'newest first' })}>
      {suspicions === null && <Quiet>The fraud rules do not run here yet.</Quiet>}
      {suspicions?.length === 0 && <Quiet>Nothing suspicious so far.</Quiet>}
      {suspicions !== null && suspicions.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Fraud alerts, newest first">
          <ul class="suspicions">
            {suspicions.map((each) => (
              <li key={`${each.rule} ${each.subject_id} ${each.detected_at}`}>
                <Badge tone={each.score >= 0.8 ? 'bad' : 'warn'}>{wordsOf(each.rule)}</Badge>
                <time dateTime={each.detected_at}>{clocks.second.format(Date.parse(each.detected_at))}</time>
                <span class="subject">
                  {wordsOf(each.subject_type)} <strong>{each.subject_id}</strong> · {shareText(each.score)}{' '}
                  sure
                </span>
                <span class="note">{evidenceText(each.evidence)}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Panel>
  );
}

function wordsOf(name: string): string {
  return name.replaceAll('_', ' ');
}

/** The few plain facts of it; lists are counted. */
function evidenceText(evidence: Readonly<Record<string, unknown>>): string {
  return Object.entries(evidence)
    .flatMap(([name, value]) => {
      if (Array.isArray(value)) return [`${value.length} ${wordsOf(name)}`];
      if (typeof value === 'string' || typeof value === 'number') return [`${wordsOf(name)} ${value}`];
      return [];
    })
    .join(' · ');
}
