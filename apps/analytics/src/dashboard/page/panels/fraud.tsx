import type { Clocks } from '../clocks.ts';
import { evidenceText, subjectText, wordsOf } from '../evidence.rules.ts';
import { shareText } from '../numbers.ts';
import { Badge } from '../parts/badge.tsx';
import { Panel, Quiet } from '../parts/panel.tsx';
import type { Suspicion } from '../snapshot.ts';

interface FraudProps {
  readonly suspicions: readonly Suspicion[];
  readonly clocks: Clocks;
}

/** Who looks suspicious, by which rule, and why. */
export function Fraud({ suspicions, clocks }: FraudProps) {
  return (
    <Panel name="fraud" title="Fraud alerts" note={suspicions.length > 0 ? 'newest first' : undefined}>
      {suspicions.length === 0 && <Quiet>Nothing suspicious so far.</Quiet>}
      {suspicions.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Fraud alerts, newest first">
          <ul class="suspicions">
            {suspicions.map((each) => (
              <li key={`${each.rule} ${each.subject_id} ${each.detected_at}`}>
                <Badge tone={each.score >= 0.8 ? 'bad' : 'warn'}>{wordsOf(each.rule)}</Badge>
                <time dateTime={each.detected_at}>{clocks.second.format(Date.parse(each.detected_at))}</time>
                <span class="subject">
                  {wordsOf(each.subject_type)} <strong title={each.subject_id}>{subjectText(each)}</strong> ·{' '}
                  score {shareText(each.score)}
                </span>
                <span class="note">{evidenceText(each)}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Panel>
  );
}
