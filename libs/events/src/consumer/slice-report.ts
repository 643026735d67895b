import type { KafkaMessage } from 'kafkajs';
import { eventAgeSeconds, eventsProcessedTotal } from '../metrics.ts';
import type { Decoded } from './decode.ts';
import type { DeadRecordRow } from './effect-store.ts';
import type { Subscription } from './subscription.ts';

/** Counts what a slice brought behind us, up to `position`: what lies after it is tried again and counted then. */
export function reportSlice(
  { group, topic }: Subscription,
  records: readonly { message: KafkaMessage; decoded: Decoded }[],
  position: number,
  deadLettered: ReadonlyMap<number, DeadRecordRow>,
): void {
  const counts = new Map<string, { event_type: string; outcome: string; count: number }>();
  const age = eventAgeSeconds.labels({ group, topic });
  const nowMs = Date.now();
  for (const { message, decoded } of records) {
    if (Number(message.offset) >= position) break;
    const outcome = outcomeOf(decoded, deadLettered.get(Number(message.offset)));
    const event_type = typeOf(decoded);
    const counted = counts.get(event_type + outcome) ?? { event_type, outcome, count: 0 };
    counted.count += 1;
    counts.set(event_type + outcome, counted);
    if (decoded.kind === 'event')
      age.observe(Math.max(0, nowMs - Date.parse(decoded.event.timestamp)) / 1000);
  }
  for (const { event_type, outcome, count } of counts.values()) {
    eventsProcessedTotal.inc({ group, topic, event_type, outcome }, count);
  }
}

/** Counts one record of a retry topic. Its age would say how long people took. */
export function reportRedriven({ group, topic }: Subscription, decoded: Decoded, outcome: string): void {
  eventsProcessedTotal.inc({ group, topic, event_type: typeOf(decoded), outcome });
}

const OUTCOMES = { event: 'handled', skipped: 'skipped', dead: 'dead-lettered' } as const;

function outcomeOf(decoded: Decoded, dead: DeadRecordRow | undefined): string {
  if (dead === undefined) return OUTCOMES[decoded.kind];
  return dead.reason === 'parked-behind' ? 'parked' : 'dead-lettered';
}

function typeOf(decoded: Decoded): string {
  return decoded.kind === 'dead' ? 'unreadable' : decoded.eventType;
}
