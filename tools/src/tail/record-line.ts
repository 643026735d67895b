import {
  envelopeOf,
  eventTypeOf,
  headerOf,
  positionText,
  timeText,
  type LogRecord,
} from '../log/log-record.ts';
import { textWithoutContacts } from '../log/masked.ts';
import { clipped, readableValue, type Showing } from '../log/readable-value.ts';

const PAYLOAD_CHARACTERS = 240;
const TYPE_COLUMN = 'order.cancellation_requested'.length;
const UUID_COLUMN = 36;

/** A record on one line: time, place, type, key, and as much of the payload as fits. */
export function recordLine(record: LogRecord, showing: Showing): string {
  return [
    timeText(record.timestampMs),
    positionText(record),
    (eventTypeOf(record) ?? '(no type)').padEnd(TYPE_COLUMN),
    (keyOf(record, showing) ?? '(no key)').padEnd(UUID_COLUMN),
    clipped(inShort(record, showing), PAYLOAD_CHARACTERS),
  ].join('  ');
}

/** A record for programs; `value` is the JSON it holds, or its text. */
export function recordDocument(record: LogRecord, showing: Showing) {
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    time: timeText(record.timestampMs),
    event_type: eventTypeOf(record) ?? null,
    key: keyOf(record, showing) ?? null,
    headers: Object.fromEntries(
      Object.keys(record.headers).map((name) => {
        const text = headerOf(record, name) ?? '';
        return [name, showing.showContacts ? text : textWithoutContacts(text)];
      }),
    ),
    value: readableValue(record, showing),
  };
}

/** The shape of `recordDocument`, for `--help`. */
export const RECORD_SHAPE = '{topic, partition, offset, time, event_type, key, headers: {…}, value}';

/** An alert's key is its subject, which may be an address. */
function keyOf({ key }: LogRecord, { showContacts }: Showing): string | undefined {
  const text = key?.toString();
  return text === undefined || showContacts ? text : textWithoutContacts(text);
}

function inShort(record: LogRecord, showing: Showing): string {
  if (record.value === null) return '(no value)';
  const reason = headerOf(record, 'dlq-reason');
  const resolution = headerOf(record, 'dlq-resolution');
  const mark = reason ? `[${reason}] ` : resolution ? `[${resolution}] ` : '';
  const payload = envelopeOf(record)?.['payload'];
  const shown = readableValue(
    payload === undefined ? record : { value: Buffer.from(JSON.stringify(payload)) },
    showing,
  );
  const text = typeof shown === 'string' ? shown : JSON.stringify(shown);
  return mark + text.replace(/\p{Cc}+/gu, ' ');
}
