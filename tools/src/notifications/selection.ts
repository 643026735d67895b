import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseTime } from '../log/log-position.ts';
import { withDatabaseOptions, type DatabaseFlags } from '../order/service-databases.ts';

export const STATES = ['queued', 'sending', 'sent', 'failed', 'suppressed', 'unknown'] as const;
export type State = (typeof STATES)[number];

export interface SelectionFlags extends Partial<DatabaseFlags> {
  readonly id?: readonly string[];
  readonly state?: readonly State[];
  readonly channel?: 'email' | 'sms';
  readonly template?: readonly string[];
  readonly reason?: readonly string[];
  readonly order?: readonly string[];
  readonly customer?: readonly string[];
  readonly since?: number;
  readonly until?: number;
}

/** A condition on notifier.notifications and its parameters. */
export interface Condition {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Adds the flags that say which notifications are meant. */
export function withSelectionOptions(command: Command): Command {
  return withDatabaseOptions(command)
    .option('--id <id...>', 'only these, by notification_id', wholeNumbers)
    .addOption(new Option('--state <state...>', 'only in these states').choices(STATES))
    .addOption(new Option('--channel <channel>', 'only this channel').choices(['email', 'sms']))
    .option('--template <template...>', 'only these templates, as order-confirmed')
    .option('--reason <reason...>', 'only these reasons, as answer-lost')
    .option('--order <order-id...>', 'only about these orders', uuids)
    .option('--customer <customer-id...>', 'only to these customers')
    .option('--since <time>', 'entered at this RFC 3339 time or later', parseTime)
    .option('--until <time>', 'entered before this RFC 3339 time', parseTime);
}

/** Whether any flag says which notifications are meant. */
export function namesAny(flags: SelectionFlags): boolean {
  return conditionOf(flags).values.length > 0;
}

export function conditionOf(flags: SelectionFlags): Condition {
  const at = (timeMs: number | undefined): string | undefined =>
    timeMs === undefined ? undefined : new Date(timeMs).toISOString();
  const parts: readonly (readonly [test: string, value: unknown])[] = [
    ['notification_id = ANY ($::bigint[])', flags.id],
    ['state = ANY ($::text[])', flags.state],
    ['channel = $::text', flags.channel],
    ['template = ANY ($::text[])', flags.template],
    ['reason_code = ANY ($::text[])', flags.reason],
    ['order_id = ANY ($::uuid[])', flags.order],
    ['customer_id = ANY ($::text[])', flags.customer],
    ['created_at >= $::timestamptz', at(flags.since)],
    ['created_at < $::timestamptz', at(flags.until)],
  ];
  const given = parts.filter(([, value]) => value !== undefined);
  const tests = given.map(([test], index) => test.replace('$', `$${index + 1}`));
  return {
    text: tests.length === 0 ? 'true' : tests.join(' AND '),
    values: given.map(([, value]) => value),
  };
}

function wholeNumbers(text: string, before: readonly string[] = []): string[] {
  if (/^\d{1,18}$/.test(text)) return [...before, text];
  throw new InvalidArgumentError('It must be a number, as `notifications list` prints it.');
}

function uuids(text: string, before: readonly string[] = []): string[] {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return [...before, text];
  throw new InvalidArgumentError('It must be an order id, a UUID.');
}
