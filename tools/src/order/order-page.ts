import { textWithoutContacts, withoutContacts } from '../log/masked.ts';
import type { Showing } from '../log/readable-value.ts';
import { table } from '../dlq/letter.ts';
import type { Messages } from './order-messages.ts';
import type { Holding, OrderRows, Row } from './order-rows.ts';
import { stepDocuments, type OrderStory } from './order-story.ts';

/** The shape of `orderDocument`, for `--help`. */
export const ORDER_SHAPE =
  '{order_id, steps: [{at, gap_ms, where, what, by}], handling: [{record, event_type, group, state}], rows: {<table>: [{…its columns}]}, mails: [{message_id, to, subject, received_at}], sms: [{sid, to, body, received_at}], unseen: [why]}, ' +
  'tables: order_api.orders, worker.orders, worker.payments, worker.cancellations, warehouse.orders, warehouse.payments, ' +
  'warehouse.fraud_suspicions, notifier.notifications';

/** That most orders have none of these is not worth a line. */
const OFTEN_EMPTY = new Set([
  'worker.payments',
  'worker.cancellations',
  'warehouse.payments',
  'warehouse.fraud_suspicions',
]);

/** Everything that was found, and why the rest could not be seen; for programs. */
export function orderDocument(
  story: OrderStory,
  { holdings }: OrderRows,
  messages: Messages,
  showing: Showing,
) {
  const mask = <T>(value: T): T => (showing.showContacts ? value : (withoutContacts(value) as T));
  return {
    order_id: story.orderId,
    steps: mask(stepDocuments(story.steps)),
    handling: story.handling.map(({ record, eventType, group, state }) => ({
      ...{ record, event_type: eventType ?? null, group, state },
    })),
    rows: Object.fromEntries(
      holdings.map(({ table: name, rows }) => [name, rows.map((row) => mask(plain(row)))]),
    ),
    mails: messages.mails.map(({ message_id, to, subject, received_at }) =>
      mask({ message_id, to, subject, received_at }),
    ),
    sms: messages.sms.map(({ sid, to, body, received_at }) => mask({ sid, to, body, received_at })),
    unseen: [...story.gaps, ...problems(holdings, messages)],
  };
}

/** The same for people. */
export function orderLines(
  story: OrderStory,
  rows: OrderRows,
  messages: Messages,
  showing: Showing,
): string[] {
  const document = orderDocument(story, rows, messages, showing);
  return [
    `Order ${story.orderId}`,
    '',
    ...table(
      document.steps.map(({ at, gap_ms, where, what, by }) => [
        ...[`  ${at}`, `+${gap_ms} ms`.padStart(10), by ?? '', where],
        showing.showContacts ? what : textWithoutContacts(what),
      ]),
    ),
    '',
    'Where it stands:',
    ...table(rows.holdings.flatMap((holding) => standingLines(holding, document.rows[holding.table] ?? []))),
    '',
    'Who has come past which record:',
    ...table(
      [...Map.groupBy(story.handling, ({ record }) => record)].map(([record, each]) => [
        ...[`  ${record}`, each[0]?.eventType ?? '(no type)'],
        ...each.map(({ group, state }) => `${group} ${state === 'passed' ? '✓' : state}`),
      ]),
    ),
    ...document.unseen.map((why) => `\nNot seen: ${why}`),
  ];
}

function standingLines({ table: name, problem }: Holding, rows: readonly Row[]): string[][] {
  if (problem !== undefined) return [[`  ${name}`, '(not seen)']];
  if (rows.length === 0) return OFTEN_EMPTY.has(name) ? [] : [[`  ${name}`, '(no row)']];
  return rows.map((row) => {
    const said = Object.entries(row).filter(([, value]) => value !== null);
    return [`  ${name}`, said.map(([column, value]) => `${column}=${String(value)}`).join(' ')];
  });
}

function plain(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
  );
}

/** Each reason once: a database that is away has several tables. */
function problems(holdings: readonly Holding[], messages: Messages): string[] {
  return [...new Set([...holdings.flatMap(({ problem }) => problem ?? []), ...messages.problems])];
}
