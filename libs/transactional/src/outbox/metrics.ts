import { Counter, Gauge } from 'prom-client';

type Measure = () => Promise<{ readonly events: number; readonly oldestSeconds: number }>;

const sources = new Set<Measure>();
/** A scrape does not wait longer for the database; the gauges then keep what they last said. */
const MEASURE_TIMEOUT_MS = 1_000;

export const outboxPending = new Gauge({
  name: 'orderstream_outbox_pending',
  help: 'Events of this service that are committed and not yet published. Every instance reports the same number.',
  collect: measureAll,
});

export const outboxOldestSeconds = new Gauge({
  name: 'orderstream_outbox_oldest_seconds',
  help: 'How long the oldest unpublished event has waited.',
  collect: measureAll,
});

export const outboxPublishedTotal = new Counter({
  name: 'orderstream_outbox_published_total',
  help: 'Events the relay has published and Kafka has acknowledged.',
});

export const outboxRelayActive = new Gauge({
  name: 'orderstream_outbox_relay_active',
  help: '1 on the instance that publishes the outbox, 0 on the others.',
});

/** Has the gauges filled from `measure` at every scrape, until the returned function is called. */
export function reportOutbox(measure: Measure): () => void {
  sources.add(measure);
  return () => void sources.delete(measure);
}

let measuring: Promise<void> | undefined;

/**
 * Both gauges ask at the same scrape; one measurement answers them. It counts the whole table: one that outlasts its scrape, as with a large
 * backlog, answers the next one, too, instead of being joined by another.
 */
async function measureAll(): Promise<void> {
  measuring ??= update()
    .catch(() => undefined)
    .finally(() => (measuring = undefined));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, MEASURE_TIMEOUT_MS);
  });
  await Promise.race([late, measuring]);
  clearTimeout(timer);
}

async function update(): Promise<void> {
  const measured = await Promise.all([...sources].map((measure) => measure()));
  outboxPending.set(measured.reduce((sum, { events }) => sum + events, 0));
  outboxOldestSeconds.set(Math.max(0, ...measured.map(({ oldestSeconds }) => oldestSeconds)));
}
