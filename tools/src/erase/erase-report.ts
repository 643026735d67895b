import { allTopics } from '@orderstream/events';
import { table } from '../dlq/letter.ts';
import type { Findings } from './erase-customer.ts';
import type { GroupBehind } from './groups-behind.ts';
import { mayNameCustomers } from './naming-topics.ts';

const DAY_MS = 86_400_000;

/** The shape of the document, for `--help`. */
export const ERASE_SHAPE =
  '{customer_id, erased, places: [{database, table, what, rows}], waiting: [{…, until}], leftovers: [{database, schema, how}], ' +
  'remains_in_kafka: [{topic, days, until}]}';

interface Remaining {
  readonly topic: string;
  readonly days: number;
  /** What is in it now is gone by then. */
  readonly until: string;
}

/** What Kafka keeps: records are never changed, they expire. */
export function remainsInKafka(nowMs: number): Remaining[] {
  return allTopics()
    .filter(({ name }) => mayNameCustomers(name))
    .map(({ name, retentionMs }) => ({
      topic: name,
      days: Math.round(retentionMs / DAY_MS),
      until: new Date(nowMs + retentionMs).toISOString().slice(0, 10),
    }));
}

/** A group that is behind, among what keeps the customer from being erased. */
export function waitingFor({ group, topic, database, records }: GroupBehind): Findings['waiting'][number] {
  return {
    database,
    table: `${database}.consumer_positions`,
    what: `records of ${topic} that ${group} has still to handle`,
    rows: records,
    until: `${group} has come past them (\`orderstream lag\` says how it does)`,
  };
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
      ({ schema, how }) =>
        `Not erased: ${schema}, a copy that a rebuild has left or is making: \`${how}\` drops it.`,
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
