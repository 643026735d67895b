import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseWholeNumber } from '../dlq/option-values.ts';
import { sayingWhy } from '../log/operation-refused.ts';
import { MARKS } from '../notifications/decisions.rules.ts';
import {
  countNotifications,
  NOTIFICATION_SHAPE,
  readNotification,
  readNotifications,
  shown,
} from '../notifications/notification.ts';
import { countLines, detailLines, listLines } from '../notifications/pages.ts';
import { DECISION_SHAPE, mark, resend } from '../notifications/run-decision.ts';
import { withSelectionOptions, type SelectionFlags } from '../notifications/selection.ts';
import { onDatabase, withDatabaseOptions, type DatabaseFlags } from '../order/service-databases.ts';

interface ShowFlags extends Partial<DatabaseFlags> {
  readonly showContacts?: boolean;
  readonly json?: boolean;
}

type ListFlags = SelectionFlags & ShowFlags & { readonly limit?: number };

const LISTED = 50;

/** `orderstream notifications list|show|resend|mark`: the notifier's send ledger, and what people decide about it. */
export function registerNotifications(program: Command): void {
  const notifications = program
    .command('notifications')
    .description(
      'look at what people were told and what is in doubt, send it again, or say what became of it',
    )
    .helpCommand(false);
  withSelectionOptions(notifications.command('list'))
    .description('count notifications by channel, template, state and reason, and list them')
    .option(
      '--limit <n>',
      `list at most so many, newest first (default: ${LISTED}; with --json: all)`,
      parseWholeNumber,
    )
    .option('--show-contacts', 'do not mask addresses and numbers')
    .option(
      '--json',
      `print {total, counts: [{channel, template, state, reason_code, count, oldest, newest}], notifications: [{${NOTIFICATION_SHAPE}}]}`,
    )
    .action(sayingWhy(list));
  withDatabaseOptions(notifications.command('show'))
    .description('print everything about one notification, and what people decided of it')
    .argument('<id>', 'notification_id, as `notifications list` prints it', notificationId)
    .option('--show-contacts', 'do not mask names, addresses and numbers')
    .option(
      '--json',
      'print {…as in list, locale, data, …, decisions: [{action, state_before, state_after, decided_by, why, decided_at}]}',
    )
    .action(sayingWhy(show));
  withDecisionOptions(notifications.command('resend'))
    .description(
      'send (again) what is unknown or has failed: where it arrived after all, people get it twice',
    )
    .action(sayingWhy(resend));
  withDecisionOptions(notifications.command('mark'))
    .description('write down what became of a message, or that it must not go out')
    .addOption(
      new Option('--as <state>', 'sent: it arrived; failed: it did not, or must not; unknown: nobody knows')
        .choices(MARKS)
        .makeOptionMandatory(),
    )
    .action(sayingWhy(mark));
}

function withDecisionOptions(command: Command): Command {
  return withSelectionOptions(command)
    .option('--why <reason>', 'why this is done; it is written down beside each notification', notEmpty)
    .option('--by <name>', 'who does it (default: the user of this machine)', notEmpty)
    .option('--dry-run', 'show what would be done and do nothing')
    .option('-y, --yes', 'do not ask')
    .option('--json', `print ${DECISION_SHAPE}`);
}

async function list(flags: ListFlags): Promise<void> {
  await onDatabase('notifier', flags, async (client) => {
    const counts = await countNotifications(client, flags);
    const total = counts.reduce((sum, { count }) => sum + count, 0);
    const limit = flags.limit ?? (flags.json ? undefined : LISTED);
    const rows = await readNotifications(client, flags, limit);
    if (flags.json) {
      const notifications = rows.map((row) => shown(row, flags));
      return console.log(JSON.stringify({ total, counts, notifications }, null, 2));
    }
    if (total === 0) return console.log('No notifications.');
    const more = total - rows.length;
    const lines = [...countLines(counts), '', ...listLines(rows, flags.showContacts ?? false)];
    console.log([...lines, ...(more > 0 ? [`… and ${more} more: --limit ${total}`] : [])].join('\n'));
  });
}

async function show(id: string, flags: ShowFlags): Promise<void> {
  await onDatabase('notifier', flags, async (client) => {
    const { notification, decisions } = await readNotification(client, id);
    const visible = shown(notification, flags);
    if (flags.json) console.log(JSON.stringify({ ...visible, decisions }, null, 2));
    else console.log(detailLines(visible, decisions).join('\n'));
  });
}

function notificationId(text: string): string {
  if (/^\d{1,18}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be a number.');
}

function notEmpty(text: string): string {
  if (text.trim() !== '') return text.trim();
  throw new InvalidArgumentError('It must say something.');
}
