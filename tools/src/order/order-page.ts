import { textWithoutContacts, withoutContacts } from '../log/masked.ts';
import type { Showing } from '../log/readable-value.ts';
import { table } from '../dlq/letter.ts';
import type { Mails } from './order-mails.ts';
import type { Holding, OrderRows, Row } from './order-rows.ts';
import { stepDocuments, type OrderStory } from './order-story.ts';

/** The shape of `orderDocument`, for `--help`. */
export const ORDER_SHAPE =
  '{order_id, steps: [{at, gap_ms, where, what, by}], handling: [{record, event_type, group, state}], rows: {<table>: […]}, mails: [{message_id, to, subject, received_at}], unseen: [why]}';

/** Everything that was found, and why the rest could not be seen; for programs. */
export function orderDocument(story: OrderStory, { holdings }: OrderRows, mails: Mails, showing: Showing) {
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
    mails: mails.mails.map(({ message_id, to, subject, received_at }) =>
      mask({ message_id, to, subject, received_at }),
    ),
    unseen: problems(holdings, mails),
  };
}

/** The same for people. */
export function orderLines(story: OrderStory, rows: OrderRows, mails: Mails, showing: Showing): string[] {
  const document = orderDocument(story, rows, mails, showing);
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
  if (rows.length === 0) return [[`  ${name}`, '(no row)']];
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

function problems(holdings: readonly Holding[], { problem }: Mails): string[] {
  return [
    ...holdings.flatMap((holding) => holding.problem ?? []),
    ...(problem === undefined ? [] : [problem]),
  ];
}
