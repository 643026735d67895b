import {
  noteStanding,
  parseDeadLetter,
  parseResolution,
  retryTopic,
  type Standing,
} from '@orderstream/events';
import { headerOf, kafkaMessageOf, timeText, type LogRecord } from '../log/log-record.ts';
import { textWithoutContacts } from '../log/masked.ts';
import { readableValue, type Showing } from '../log/readable-value.ts';
import { visibleText } from '../visible-text.ts';
import { letterDocument, nameOf, type Letter, type Settled } from './letter.ts';

/** Everything there is to say about one letter. */
export interface LetterDetail {
  readonly letter: Letter;
  /** The newest dead letter. */
  readonly record: LogRecord;
  /** Its dead letters and resolutions, oldest first. */
  readonly history: readonly LogRecord[];
  /** What waits behind it, in order. */
  readonly waiting: readonly Letter[];
  /** Whether the group has come past the copy that closed it. */
  readonly settled: Settled;
}

/** For programs. */
export function detailDocument(
  { letter, record, history, waiting, settled }: LetterDetail,
  showing: Showing,
) {
  const effective = inEffect(history);
  return {
    ...letterDocument(letter, settled),
    error_stack: headerOf(record, 'dlq-error-stack') ?? null,
    original_time: letter.standing.letter.originalTimestamp ?? null,
    headers: headersOf(record, showing),
    value: readableValue(record, showing),
    waiting_behind: waiting.map(({ id, standing, eventType }) => ({
      id,
      reason: standing.letter.reason,
      event_type: eventType ?? null,
    })),
    history: history.map((each) => ({
      offset: each.offset,
      time: timeText(each.timestampMs),
      what: stepOf(each, effective),
    })),
  };
}

/** The shape of `detailDocument` beyond a list's letter, for `--help`. */
export const DETAIL_SHAPE =
  '{…as in list, error_stack, original_time, headers: {…}, value, waiting_behind: [{id, reason, event_type}], history: [{offset, time, what}]}';

/** For people: a page of lines, and nothing in them is obeyed by a terminal. */
export function detailLines(detail: LetterDetail, showing: Showing): string[] {
  const { letter, record, history, waiting, settled } = detail;
  const { standing, of } = letter;
  const effective = inEffect(history);
  const value = readableValue(record, showing);
  const stack = headerOf(record, 'dlq-error-stack');
  return [
    `${letter.id}, which ${of.group} could not process: ${standing.state}`,
    '',
    ...facts([
      ['reason', standing.letter.reason],
      ['error', [standing.letter.errorClass, standing.letter.errorMessage].filter(Boolean).join(': ')],
      ['event type', letter.eventType ?? '(none)'],
      ['key', letter.key ?? '(none)'],
      ['written', standing.letter.originalTimestamp ?? '(unknown)'],
      [
        'given up',
        `${new Date(letter.diedAtMs).toISOString()}, after ${standing.letter.attempts} attempt(s)`,
      ],
      ['handed back', `${standing.redriveCount} time(s)`],
      ...copyFact(letter, settled),
      ['dead letter', `${record.topic}/${record.partition}/${record.offset}`],
    ]),
    ...section('stack', stack?.split('\n') ?? []),
    ...section(
      'headers',
      Object.entries(headersOf(record, showing))
        .filter(([name]) => name !== 'dlq-error-stack')
        .map(([name, text]) => `${name}: ${text}`),
    ),
    ...section('value', (typeof value === 'string' ? value : JSON.stringify(value, null, 2)).split('\n')),
    ...section(
      'what happened',
      history.map((each) => `${timeText(each.timestampMs)}  ${stepOf(each, effective)}`),
    ),
    ...section(
      `waiting behind it (${waiting.length})`,
      waiting.map(
        ({ id, standing: { letter: each }, eventType }) =>
          `${id}  ${eventType ?? '(no type)'}  ${each.reason}`,
      ),
    ),
  ].map(visibleText);
}

function headersOf(record: LogRecord, { showContacts }: Showing): Record<string, string> {
  return Object.fromEntries(
    Object.keys(record.headers).map((name) => {
      const text = headerOf(record, name) ?? '';
      return [name, showContacts ? text : textWithoutContacts(text)];
    }),
  );
}

/** The copy that closed the letter, and whether the group has come past it: whatever it made of it is done then. */
function copyFact({ of, partition, standing, ...letter }: Letter, settled: Settled): [string, string][] {
  const offset = standing.resolution?.retryOffset;
  const isSettled = settled.get(nameOf({ of, id: letter.id }));
  if (offset === undefined || isSettled === undefined) return [];
  const told = isSettled ? 'has come past it' : 'has still to come to it';
  return [['copy', `${retryTopic(of.topic, of.group)}/${partition}/${offset}; ${of.group} ${told}`]];
}

/** Of each death's resolutions the one that the group has followed: the others' copies came later, and were dropped. */
function inEffect(history: readonly LogRecord[]): ReadonlySet<LogRecord> {
  const standings = new Map<string, Standing>();
  const effective = new Set<LogRecord>();
  let before: Standing | undefined;
  let last: LogRecord | undefined;
  for (const record of history) {
    const after = noteStanding(standings, kafkaMessageOf(record));
    if (parseResolution(record) === undefined) last = undefined;
    else if (after !== before) {
      if (last !== undefined) effective.delete(last);
      effective.add((last = record));
    }
    before = after;
  }
  return effective;
}

function stepOf(record: LogRecord, effective: ReadonlySet<LogRecord>): string {
  const resolution = parseResolution(record);
  if (resolution !== undefined) {
    const without = effective.has(record) ? '' : ' (without effect: the group dropped this copy)';
    return `${resolution.kind} by ${resolution.by}: ${resolution.why}${without}`;
  }
  const letter = parseDeadLetter(record);
  return letter === undefined
    ? '(something else)'
    : `given up: ${letter.reason}, handed back ${letter.redriveCount} time(s) before`;
}

function facts(rows: readonly (readonly [string, string])[]): string[] {
  return rows.map(([name, text]) => `  ${name.padEnd(13)}${text}`);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
}
