import {
  contracts,
  encodeRecord,
  newEvent,
  orderCreated,
  uuidv7,
  type EventContract,
  type KafkaSettings,
  type OutgoingRecord,
} from '@orderstream/events';
import { planTraffic, type Traffic } from '../simulate/plan-traffic.ts';
import { totalOf, type PlannedOrder, type Step } from '../simulate/visit.ts';
import { publishAll } from './preload.ts';

/** Visits that go on side by side: on the topic their events stand mixed, as those of a busy shop do. */
const SIDE_BY_SIDE = 2_000;

/** Puts `count` web events of simulated visits on their topic, as the collector would. */
export async function preloadWebEvents(kafka: KafkaSettings, count: number): Promise<void> {
  await publishAll(kafka, webEventRecords(count));
}

/** Every sixth visit orders; so many are planned for each order, lest they end too early. */
const VISITS_PER_ORDER = 20;

/**
 * Puts `count` orders of simulated visits on their topic, as order-api would: customers and contacts as many, and coming back as often, as
 * in a shop. One customer for all would be the worst that the fraud rules can meet.
 */
export async function preloadShopOrders(kafka: KafkaSettings, count: number): Promise<void> {
  await publishAll(kafka, orderRecords(count));
}

function* orderRecords(count: number): Generator<OutgoingRecord> {
  const contract: EventContract = orderCreated;
  let left = count;
  for (const order of ordersOfVisits(count * VISITS_PER_ORDER)) {
    const payload = { order_id: uuidv7(), amount_total: totalOf(order), ...order };
    yield encodeRecord(contract, newEvent(contract, payload, { source: 'bench' }));
    left -= 1;
    if (left === 0) return;
  }
  throw new Error(`too few of the visits order: ${left} orders are missing`);
}

function* ordersOfVisits(visits: number): Generator<PlannedOrder> {
  for (const { steps } of planTraffic(trafficOf(visits)))
    for (const step of steps) if (step.do === 'order') yield step.order;
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
  for (const { session, steps } of planTraffic(trafficOf(visits))) yield recordsOf(session, steps);
}

function trafficOf(visits: number): Traffic {
  return { seed: 1, run: 'bench', visits, startsAtMs: 0, spanMs: 60_000, bad: 0, fraudsters: 0 };
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
