import { allTopics, type Topic } from '@orderstream/events';
import { table } from '../dlq/letter.ts';
import type { Findings } from './erase-customer.ts';

const DAY_MS = 86_400_000;

/** The shape of the document, for `--help`. */
export const ERASE_SHAPE =
  '{customer_id, erased, places: [{database, table, what, rows}], waiting: [{…, until}], leftovers: [{database, schema, how}], ' +
  'remains_in_kafka: [{topic, days, until}]}';

/** Topics whose records may name a customer. Records of `payments` and of visits that nobody logged in to do not. */
const NAMING = new Set(['orders', 'users', 'alerts', 'web-events']);

interface Remaining {
  readonly topic: string;
  readonly days: number;
  /** What is in it now is gone by then. */
  readonly until: string;
}

/** What Kafka keeps: records are never changed, they expire. */
export function remainsInKafka(nowMs: number): Remaining[] {
  return allTopics()
    .filter((topic) => NAMING.has(sourceOf(topic)))
    .map(({ name, retentionMs }) => ({
      topic: name,
      days: Math.round(retentionMs / DAY_MS),
      until: new Date(nowMs + retentionMs).toISOString().slice(0, 10),
    }));
}

function sourceOf({ name }: Topic): string {
  return name.split('.')[0] as string;
}

export function findingLines({ places, waiting, leftovers }: Findings, done: boolean): string[] {
  const found = places.filter(({ rows }) => rows > 0);
  return [
    ...(found.length === 0
      ? [
          done
            ? 'Nothing was left to erase.'
            : 'No database holds anything of this customer that is to be erased.',
        ]
      : table([
          ['TABLE', 'ROWS', done ? 'ERASED' : 'TO BE ERASED'],
          ...found.map(({ table: name, rows, what }) => [name, String(rows), what]),
        ])),
    ...waiting.map(
      ({ table: name, rows, what, until }) =>
        `Not erased: ${rows} × ${what} (${name}), until ${until}. Run this again then.`,
    ),
    ...leftovers.map(
      ({ schema, how }) => `Not erased: ${schema}, the copy that a rebuild has left: \`${how}\` drops it.`,
    ),
  ];
}

export function kafkaLines(nowMs: number): string[] {
  const rows = remainsInKafka(nowMs);
  const sources = rows.filter(({ topic }) => !topic.includes('.'));
  const derived = rows.find(({ topic }) => topic.includes('.'));
  return [
    'What Kafka holds is not changed; it expires with the retention of its topic:',
    ...sources.map(
      ({ topic, days, until }) => `  ${topic.padEnd(12)} ${days} days: what is there now is gone by ${until}`,
    ),
    ...(derived === undefined
      ? []
      : [`  dead letters ${derived.days} days: what is there now is gone by ${derived.until}`]),
    'Backups, and a rebuild or replay of what is still in Kafka, bring it back: run this again after any of them.',
  ];
}
