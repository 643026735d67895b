import type { LagVerdict } from '../snapshot.ts';
import { Badge, type Tone } from './badge.tsx';

const TONES: Readonly<Record<LagVerdict, Tone>> = {
  OK: 'good',
  WARN: 'warn',
  STALLED: 'bad',
  STOPPED: 'bad',
};

/** A verdict on lag, or that there is none yet. */
export function VerdictBadge({ verdict }: { readonly verdict: LagVerdict | null }) {
  return verdict === null ? (
    <Badge tone="quiet">watching</Badge>
  ) : (
    <Badge tone={TONES[verdict]}>{verdict}</Badge>
  );
}
