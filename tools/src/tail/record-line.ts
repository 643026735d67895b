import { eventTypeOf, headerOf, positionText, timeText, type LogRecord } from '../log/log-record.ts';
import { textWithoutContacts } from '../log/masked.ts';
import { clipped, readableValue, type Showing } from '../log/readable-value.ts';
import { visibleText } from '../visible-text.ts';

const PAYLOAD_CHARACTERS = 240;
const TYPE_COLUMN = 'order.cancellation_requested'.length;
const UUID_COLUMN = 36;

/** A record on one line: time, place, type, key, and as much of the payload as fits. Nothing in it is obeyed by a terminal. */
export function recordLine(record: LogRecord, showing: Showing): string {
  return [
    timeText(record.timestampMs),
    positionText(record),
    visibleText(eventTypeOf(record) ?? '(no type)').padEnd(TYPE_COLUMN),
    visibleText(keyOf(record, showing) ?? '(no key)').padEnd(UUID_COLUMN),
    clipped(visibleText(inShort(record, showing)), PAYLOAD_CHARACTERS),
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
  const shown = readableValue(record, showing);
  const payload = isEnvelope(shown) ? shown.payload : shown;
  return mark + (typeof payload === 'string' ? payload : JSON.stringify(payload));
}

function isEnvelope(value: unknown): value is { readonly payload: unknown } {
  return typeof value === 'object' && value !== null && 'payload' in value;
}
