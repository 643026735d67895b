import type { KafkaMessage } from 'kafkajs';
import type { ReceivedEvent } from '../envelope.ts';
import { eventAgeSeconds, eventsProcessedTotal } from '../metrics.ts';
import type { Decoded } from './decode.ts';
import type { Subscription } from './subscription.ts';

/** Counts what a slice brought behind us, up to `position`: what lies after it is tried again and counted then. */
export function reportSlice(
  { group, topic }: Subscription,
  records: readonly { message: KafkaMessage; decoded: Decoded }[],
  position: number,
  givenUp: ReadonlySet<ReceivedEvent>,
): void {
  const counts = new Map<string, { event_type: string; outcome: string; count: number }>();
  const age = eventAgeSeconds.labels({ group, topic });
  const nowMs = Date.now();
  for (const { message, decoded } of records) {
    if (Number(message.offset) >= position) break;
    const isGivenUp = decoded.kind === 'event' && givenUp.has(decoded.event);
    const outcome = isGivenUp || decoded.kind === 'dead' ? 'dead-lettered' : OUTCOMES[decoded.kind];
    const event_type = decoded.kind === 'dead' ? 'unreadable' : decoded.eventType;
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

const OUTCOMES = { event: 'handled', skipped: 'skipped' } as const;
