import type pg from 'pg';
import { confirm } from '../dlq/preview.ts';
import { table } from '../dlq/letter.ts';
import { operatorName } from '../dlq/operator-name.ts';
import { CommandFailed } from '../exit-codes.ts';
import { UsedWrongly } from '../log/operation-refused.ts';
import { NO_HURRY, onDatabase } from '../order/service-databases.ts';
import { decide, type Decided } from './decide.ts';
import { whyNotMarked, whyNotResent, type Mark } from './decisions.rules.ts';
import { readNotifications, type Notification } from './notification.ts';
import { namesAny, type SelectionFlags } from './selection.ts';

export interface DecisionFlags extends SelectionFlags {
  readonly why?: string;
  readonly by?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

interface Refusal {
  readonly id: string;
  readonly why: string;
}

export const DECISION_SHAPE =
  '{action, as, by, why, dry_run, changed: [{id, state_before, state_after}], refused: [{id, why}]}';
const SHOWN = 10;

/** `orderstream notifications resend`. */
export function resend(flags: DecisionFlags): Promise<void> {
  return run(flags, { action: 'resend', as: 'queued' }, whyNotResent);
}

/** `orderstream notifications mark`. */
export function mark(flags: DecisionFlags & { readonly as: Mark }): Promise<void> {
  return run(flags, { action: 'mark', as: flags.as }, (row) => whyNotMarked(row, flags.as));
}

async function run(
  flags: DecisionFlags,
  decision: Pick<Decided, 'action' | 'as'>,
  whyNot: (row: Notification) => string | undefined,
): Promise<void> {
  requireSelection(flags);
  await onDatabase('notifier', flags, async (client) => {
    // After a restore all that was queued is marked at once.
    await client.query(NO_HURRY);
    const found = await readNotifications(client, flags);
    const refused = refusalsOf(flags, found, whyNot);
    const planned = found.filter((row) => whyNot(row) === undefined);
    for (const line of previewLines(decision, planned, refused)) console.error(line);
    const decided = { ...decision, by: operatorName(flags), why: flags.why ?? '' };
    const isDone = !flags.dryRun && planned.length > 0;
    const changed = isDone ? await carryOut(client, flags, planned, decided, refused) : planned;
    report(flags, decided, changed, refused);
    if (refused.length > 0) throw new CommandFailed();
  });
}

/** Whoever names them one by one knows them; of many it has to be said in which state they are. */
function requireSelection(flags: DecisionFlags): void {
  if (!namesAny(flags))
    throw new UsedWrongly(
      'which notifications? Say so with --id, or with --state and what else narrows it down',
    );
  if (flags.id === undefined && flags.state === undefined)
    throw new UsedWrongly(
      'in which --state? What is unknown and what has failed are decided on for different reasons',
    );
  if (flags.why === undefined && !flags.dryRun)
    throw new UsedWrongly('--why is needed: it is written down beside each notification');
}

function refusalsOf(
  { id = [] }: DecisionFlags,
  found: readonly Notification[],
  whyNot: (row: Notification) => string | undefined,
): Refusal[] {
  const known = new Set(found.map(({ notification_id }) => notification_id));
  const missing = id.filter((each) => !known.has(String(BigInt(each))));
  return [
    ...missing.map((each) => ({ id: each, why: 'is not there, or not as the other options say' })),
    ...found.flatMap((row) => {
      const why = whyNot(row);
      return why === undefined ? [] : [{ id: row.notification_id, why }];
    }),
  ];
}

/** What has changed since it was shown is refused, too. */
async function carryOut(
  client: pg.Client,
  flags: DecisionFlags,
  planned: readonly Notification[],
  decided: Decided,
  refused: Refusal[],
): Promise<Notification[]> {
  if (!flags.yes)
    await confirm(
      decided.action === 'resend'
        ? `Send ${planned.length} messages (again)?`
        : `Mark ${planned.length} messages ${decided.as}?`,
    );
  const ids = await decide(client, planned, decided);
  for (const { notification_id: id } of planned)
    if (!ids.has(id)) refused.push({ id, why: 'has changed meanwhile: look at it again' });
  return planned.filter(({ notification_id }) => ids.has(notification_id));
}

function previewLines(
  { action, as }: Pick<Decided, 'action' | 'as'>,
  planned: readonly Notification[],
  refused: readonly Refusal[],
): string[] {
  const kinds = Map.groupBy(planned, ({ channel, template, state, reason_code }) =>
    [channel, template, state, reason_code ?? ''].join('\t'),
  );
  const rows = [...kinds].map(([kind, rows]) => [
    action === 'resend' ? 'send' : `mark ${as}`,
    ...kind.split('\t'),
    String(rows.length),
  ]);
  return [
    ...(planned.length === 0
      ? ['Nothing is to be done.']
      : table([['DO', 'CHANNEL', 'TEMPLATE', 'STATE', 'REASON', 'COUNT'], ...rows])),
    ...some(
      planned.map(
        (row) => `  ${row.notification_id}  ${row.template}  ${row.order_id ?? row.customer_id ?? ''}`,
      ),
    ),
    ...(refused.length === 0 ? [] : ['Left out:']),
    ...some(refused.map(({ id, why }) => `  ${id} ${why}`)),
  ];
}

function some(lines: readonly string[]): string[] {
  if (lines.length <= SHOWN) return [...lines];
  return [...lines.slice(0, SHOWN), `  … and ${lines.length - SHOWN} more`];
}

function report(
  flags: DecisionFlags,
  { action, as, by, why }: Decided,
  changed: readonly Notification[],
  refused: readonly Refusal[],
): void {
  if (flags.json) {
    const rows = changed.map(({ notification_id: id, state }) => ({
      id,
      state_before: state,
      state_after: as,
    }));
    const document = { action, as, by, why, dry_run: flags.dryRun ?? false, changed: rows, refused };
    return console.log(JSON.stringify(document, null, 2));
  }
  if (flags.dryRun) return console.log('dry run: nothing was changed');
  const what = action === 'resend' ? 'queued to be sent' : `marked ${as}`;
  console.log(`${changed.length} ${what}${refused.length === 0 ? '' : `, ${refused.length} left out`}`);
}
