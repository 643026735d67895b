import type { OutgoingRecord } from '@orderstream/events';

/** A row of the table `outbox`: records of one topic, one line each (see the migration's comment). */
export interface OutboxRow {
  readonly topic: string;
  readonly record_count: number;
  readonly records: string;
}

/** Keeps the relay's memory bounded by rows, and one row's rewrite after a partial failure cheap. */
const MAX_ROW_CHARACTERS = 256 * 1024;
const MAX_ROW_RECORDS = 500;

/** Lays records out in rows, keeping their order within each topic. */
export function rowsOf(records: readonly OutgoingRecord[]): OutboxRow[] {
  const rows: OutboxRow[] = [];
  for (const [topic, ofTopic] of Map.groupBy(records, (record) => record.topic)) {
    let lines: string[] = [];
    let characters = 0;
    const finish = (): void => {
      if (lines.length > 0) rows.push({ topic, record_count: lines.length, records: lines.join('\n') });
      lines = [];
      characters = 0;
    };
    for (const record of ofTopic) {
      const line = lineOf(record);
      if (lines.length === MAX_ROW_RECORDS || characters + line.length > MAX_ROW_CHARACTERS) finish();
      lines.push(line);
      characters += line.length;
    }
    finish();
  }
  return rows;
}

/** What `rowsOf` laid into a row; `recordsOf(rowsOf(x))` is x again, byte for byte. */
export function recordsOf({ topic, records }: Pick<OutboxRow, 'topic' | 'records'>): OutgoingRecord[] {
  return records.split('\n').map((line) => {
    const tab = line.indexOf('\t');
    const { key, headers } = JSON.parse(line.slice(0, tab)) as Pick<OutgoingRecord, 'key' | 'headers'>;
    return { topic, key, headers, value: line.slice(tab + 1) };
  });
}

/** JSON text holds neither tabs nor line feeds of its own, so the value is stored as it is: encoded once, never parsed again. */
function lineOf({ key, headers, value }: OutgoingRecord): string {
  if (typeof value !== 'string' || Buffer.isBuffer(key))
    throw new TypeError('the outbox takes JSON records only');
  return `${JSON.stringify({ key, headers })}\t${value}`;
}
