import {
  contracts,
  encodeRecord,
  newEvent,
  type EventContract,
  type KafkaSettings,
  type OutgoingRecord,
} from '@orderstream/events';
import { planTraffic } from '../simulate/plan-traffic.ts';
import type { Step } from '../simulate/visit.ts';
import { publishAll } from './preload.ts';

/** Visits that go on side by side: on the topic their events stand mixed, as those of a busy shop do. */
const SIDE_BY_SIDE = 2_000;

/** Puts `count` web events of simulated visits on their topic, as the collector would. */
export async function preloadWebEvents(kafka: KafkaSettings, count: number): Promise<void> {
  await publishAll(kafka, webEventRecords(count));
}

function* webEventRecords(count: number): Generator<OutgoingRecord> {
  const visits = eventsOfVisits(count);
  const underWay: Iterator<OutgoingRecord>[] = [];
  for (let left = count; left > 0;) {
    while (underWay.length < SIDE_BY_SIDE) {
      const next = visits.next();
      if (next.done === true) break;
      underWay.push(next.value);
    }
    for (let index = 0; index < underWay.length && left > 0; index += 1) {
      const record = underWay[index]?.next();
      if (record?.done === false) {
        left -= 1;
        yield record.value;
      } else underWay.splice(index, 1);
    }
  }
}

function* eventsOfVisits(visits: number): Generator<Iterator<OutgoingRecord>> {
  const traffic = { seed: 1, run: 'bench', visits, startsAtMs: 0, spanMs: 60_000, bad: 0, fraudsters: 0 };
  for (const { session, steps } of planTraffic(traffic)) yield recordsOf(session, steps);
}

function* recordsOf(session_id: string, steps: readonly Step[]): Generator<OutgoingRecord> {
  for (const step of steps) {
    if (step.do !== 'event') continue;
    const contract = contracts.find(({ type }) => type === step.event_type) as EventContract;
    const { user_id, properties } = step;
    const payload = { session_id, ...(user_id === undefined ? {} : { user_id }), properties };
    yield encodeRecord(contract, newEvent(contract, payload, { source: 'bench' }));
  }
}
