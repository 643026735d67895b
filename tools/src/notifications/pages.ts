import { table } from '../dlq/letter.ts';
import { MASK } from '../log/masked.ts';
import type { Count, Decision, Notification } from './notification.ts';

export function countLines(counts: readonly Count[]): string[] {
  return table([
    ['CHANNEL', 'TEMPLATE', 'STATE', 'REASON', 'COUNT', 'OLDEST', 'NEWEST'],
    ...counts.map(({ channel, template, state, reason_code, count, oldest, newest }) => [
      ...[channel, template, state, reason_code ?? '', String(count)],
      ...[oldest.toISOString(), newest.toISOString()],
    ]),
  ]);
}

export function listLines(notifications: readonly Notification[], showContacts: boolean): string[] {
  return table([
    ['ID', 'ENTERED', 'CHANNEL', 'TEMPLATE', 'STATE', 'REASON', 'ATTEMPTS', 'ABOUT', 'RECIPIENT'],
    ...notifications.map((row) => [
      ...[row.notification_id, row.created_at.toISOString(), row.channel, row.template, row.state],
      [row.reason_code, row.reason_status].filter(Boolean).join(' '),
      ...[String(row.attempts), row.order_id ?? row.customer_id ?? '', recipientOf(row, showContacts)],
    ]),
  ]);
}

function recipientOf({ recipient, erased_at }: Notification, showContacts: boolean): string {
  if (recipient === null) return erased_at === null ? '(nobody)' : '(erased)';
  return showContacts ? recipient : MASK;
}

export function detailLines(notification: object, decisions: readonly Decision[]): string[] {
  const facts = Object.entries(notification).map(
    ([name, value]) =>
      `  ${name.padEnd(16)} ${typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '')}`,
  );
  if (decisions.length === 0) return facts;
  const decided = decisions.map(
    ({ decided_at, decided_by, action, state_before, state_after, why }) =>
      `  ${decided_at.toISOString()}  ${decided_by}: ${action}, ${state_before} → ${state_after}: ${why}`,
  );
  return [...facts, '', 'What people decided:', ...decided];
}
