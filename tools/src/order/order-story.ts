import {
  deadLetterTopic,
  originalOf,
  orders,
  parseDeadLetter,
  parseResolution,
  payments,
  positionText as placeText,
  standingKey,
  standingsIn,
  uuidv7TimeMs,
} from '@orderstream/events';
import {
  envelopeOf,
  eventTypeOf,
  headerOf,
  kafkaMessageOf,
  positionText,
  timeText,
  type LogRecord,
} from '../log/log-record.ts';
import type { DatabaseName } from '../platform/index.ts';
import type { Messages } from './order-messages.ts';
import type { OrderRows, Positions, Row } from './order-rows.ts';
import { DATABASE_OF } from './service-databases.ts';

/** One thing that happened. */
export interface Step {
  readonly atMs: number;
  /** A record's position, or the place it was seen in. */
  readonly where: string;
  readonly what: string;
  readonly by: string | undefined;
}

/** What one group made of one record. */
export interface Handling {
  readonly record: string;
  readonly eventType: string | undefined;
  readonly group: string;
  /**
   * `passed`: its position is beyond the record; types it does not handle are passed, too. `never ran`: it has handled nothing of these
   * topics yet. `unknown`: its database cannot be seen.
   */
  readonly state: 'passed' | 'waiting' | 'given up' | 'never ran' | 'unknown';
}

export interface OrderStory {
  readonly orderId: string;
  readonly steps: readonly Step[];
  readonly handling: readonly Handling[];
  /** Why the story may lack records. */
  readonly gaps: readonly string[];
}

const NO_BEGINNING =
  'its order.created was not found: it has expired or never came, or its topic has got more partitions since (--all-partitions looks into all)';

/** An order's life from what was found of it, in the order of time. Pure. */
export function orderStory(
  orderId: string,
  records: readonly LogRecord[],
  { holdings, positions }: OrderRows,
  { mails, sms }: Pick<Messages, 'mails' | 'sms'>,
): OrderStory {
  const notifications = holdings.find(({ database }) => database === 'notifier')?.rows ?? [];
  const unseen = new Set(
    holdings.filter(({ problem }) => problem !== undefined).map(({ database }) => database),
  );
  const steps = [
    { atMs: uuidv7TimeMs(orderId), where: 'REST', what: 'the order got its id', by: 'order-api' },
    ...records.map(recordStep),
    ...notifications.flatMap(notificationSteps),
    ...mails.map(({ received_at, subject }) => arrivalStep('mailbox', received_at, `“${subject}”`)),
    ...sms.map(({ received_at, sid }) => arrivalStep('SMS catcher', received_at, sid)),
  ];
  return {
    orderId,
    steps: steps.sort((a, b) => a.atMs - b.atMs),
    gaps: records.some(isBeginning) ? [] : [NO_BEGINNING],
    handling: records.filter(isOrdinary).flatMap((record) => handlingOf(record, records, positions, unseen)),
  };
}

/** For programs: each step with its gap to the one before, ms. */
export function stepDocuments(steps: readonly Step[]) {
  return steps.map(({ atMs, where, what, by }, index) => ({
    ...{ at: timeText(atMs), gap_ms: atMs - (steps[index - 1]?.atMs ?? atMs), where, what, by: by ?? null },
  }));
}

function recordStep(record: LogRecord): Step {
  const step = { atMs: record.timestampMs, where: positionText(record) };
  const resolution = parseResolution(record);
  if (resolution !== undefined) {
    const { kind, by, why, group, original } = resolution;
    return { ...step, what: `${placeText(original)} of ${group} ${kind}: ${why}`, by };
  }
  const original = originalOf(record);
  if (record.topic.endsWith('.retry')) {
    const action = headerOf(record, 'dlq-redrive-action') === 'discard' ? 'told to forget' : 'handed back';
    return {
      ...step,
      what: `${action} ${original ? placeText(original) : (eventTypeOf(record) ?? 'a record')}`,
      by: undefined,
    };
  }
  const letter = parseDeadLetter(record);
  if (letter !== undefined) {
    const { reason, errorMessage, parkedBehind } = letter;
    const why =
      parkedBehind === undefined
        ? `${reason}: ${errorMessage ?? ''}`
        : `parked behind ${placeText(parkedBehind)}`;
    return { ...step, what: `${placeText(letter.original)} given up, ${why}`, by: letter.group };
  }
  const source = envelopeOf(record)?.['source'];
  const what = eventTypeOf(record) ?? 'a record without a type';
  return { ...step, what, by: typeof source === 'string' ? source : undefined };
}

function arrivalStep(where: string, receivedAt: string, what: string): Step {
  return { atMs: Date.parse(receivedAt), where, what: `${what} arrived`, by: undefined };
}

function notificationSteps(row: Row): Step[] {
  const { channel, template, state, attempts, reason_code, created_at, updated_at } = row;
  const name = `${String(channel)} ${String(template)}`;
  const why = typeof reason_code === 'string' ? ` (${reason_code})` : '';
  const entered = {
    atMs: (created_at as Date).getTime(),
    where: 'notifier.notifications',
    what: `${name} entered`,
    by: 'notifier',
  };
  if (Number(attempts) === 0 && state === 'queued') return [entered];
  const what = `${name} ${String(state)}${why}, attempt ${String(attempts)}`;
  return [entered, { ...entered, atMs: (updated_at as Date).getTime(), what }];
}

function isBeginning(record: LogRecord): boolean {
  return record.topic === orders.name && eventTypeOf(record) === 'order.created';
}

function isOrdinary({ topic }: LogRecord): boolean {
  return topic === orders.name || topic === payments.name;
}

function handlingOf(
  record: LogRecord,
  all: readonly LogRecord[],
  positions: Positions,
  unseen: ReadonlySet<DatabaseName>,
): Handling[] {
  const groups = (record.topic === orders.name ? orders : payments).groups;
  const place = positionText(record);
  return groups.map((group) => {
    const stateByPosition = (): Handling['state'] => {
      if (unseen.has(DATABASE_OF[group])) return 'unknown';
      if (!positions.has(group)) return 'never ran';
      const next = positions.get(group)?.get(`${record.topic}/${record.partition}`) ?? 0;
      return next > record.offset ? 'passed' : 'waiting';
    };
    const state = isGivenUp(record, group, all) ? 'given up' : stateByPosition();
    return { record: place, eventType: eventTypeOf(record), group, state };
  });
}

/**
 * Whether the group's dead-letter topic leaves the record open. Not by its last word alone: a group that gives the copy up at once
 * writes its new letter ahead of the resolution of the death before.
 */
function isGivenUp(record: LogRecord, group: string, all: readonly LogRecord[]): boolean {
  const deadLetters = all
    .filter(({ topic }) => topic === deadLetterTopic(record.topic, group))
    .sort((a, b) => a.offset - b.offset);
  return standingsIn(deadLetters.map(kafkaMessageOf)).get(standingKey(record))?.state === 'open';
}
