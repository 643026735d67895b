import { InvalidArgumentError, Option, type Command } from 'commander';
import { discardLetters, redriveLetters } from '../dlq/run-command.ts';
import { waitingBehind } from '../dlq/chains.ts';
import { LETTER_SHAPE, letterDocument, letterTable, type Letter, type Settled } from '../dlq/letter.ts';
import { jsonLines, printLines } from '../dlq/long-output.ts';
import { parseDurationMs, parseRate, parseWholeNumber } from '../dlq/option-values.ts';
import { countLetters, countTable } from '../dlq/overview.ts';
import { isSelected, type Selection } from '../dlq/selection.ts';
import {
  parseRecordId,
  selectionOf,
  withLetters,
  withSelectionOptions,
  type SelectionFlags,
} from '../dlq/selection-options.ts';
import { DETAIL_SHAPE, detailDocument, detailLines } from '../dlq/show-letter.ts';
import { settledOf } from '../dlq/group-progress.ts';
import { groupNames } from '../dlq/group-topics.ts';
import { OperationRefused, sayingWhy } from '../log/operation-refused.ts';
import { withKafkaOptions } from './kafka-options.ts';

interface ListFlags extends SelectionFlags {
  readonly state: Selection['state'];
  readonly limit?: number;
  readonly json?: boolean;
}

interface ShowFlags extends SelectionFlags {
  readonly showContacts?: boolean;
  readonly json?: boolean;
}

const LISTED = 50;
const JOB_SHAPE =
  '{job, by, why, dry_run, stopped, settled, broken_off, sent: [{id, group, topic, kind, retry: {partition, offset}}], would_send: [{id, group, topic, kind}], refused: [{id, group, why}], overtaken: [{id, group, state, by}], died_again: [letter], still_parked: [id], outstanding: [{group, topic, records, has_members}]}';

/** `orderstream dlq list|show|redrive|discard`: what groups could not process, and what is done about it. */
export function registerDlq(program: Command): void {
  const dlq = program
    .command('dlq')
    .description('look at what groups could not process, give it back to them, or give it up')
    .helpCommand(false);
  withSelectionOptions(dlq.command('list'))
    .description('count dead letters by group, topic and reason, and list them')
    .addOption(
      new Option('--state <state>', 'which')
        .choices(['open', 'redriven', 'discarded', 'all'])
        .default('open'),
    )
    .option(
      '--limit <n>',
      `list at most so many, newest first (default: ${LISTED}; with --json: all)`,
      parseWholeNumber,
    )
    .option(
      '--json',
      `print {total, counts: [{group, topic, state, reason, count, oldest, newest}], letters: [${LETTER_SHAPE}]}`,
    )
    .action(sayingWhy(list));
  withKafkaOptions(dlq.command('show'))
    .description(
      'print everything about one dead letter: error, stack, headers, value, history, and what waits behind it',
    )
    .argument(
      '<record>',
      'topic/partition/offset of the record itself, as `dlq list` prints it',
      parseRecordId,
    )
    .addOption(new Option('--group <group>', 'of this group, where several gave it up').choices(groupNames))
    .option('--show-contacts', 'do not mask names, addresses and numbers of customers')
    .option('--json', `print ${DETAIL_SHAPE}`)
    .action(sayingWhy(show));
  withJobOptions(dlq.command('redrive'))
    .description(
      'hand dead letters back to the one group that failed, and what is parked behind them in its order; those that came back too often are refused',
    )
    .option('--max-redrives <n>', 'refuse a record that was handed back so often', parseWholeNumber, 5)
    .action(sayingWhy(redriveLetters));
  withJobOptions(dlq.command('discard'))
    .description(
      'give dead letters up for good: the group forgets that it owes them; they stay readable in the dead-letter topic',
    )
    .addOption(
      new Option(
        '--successors <what>',
        'what becomes of the records parked behind them; needed where there are any',
      ).choices(['redrive', 'keep', 'discard']),
    )
    .action(sayingWhy(discardLetters));
}

function withJobOptions(command: Command): Command {
  return withSelectionOptions(command)
    .option('--all', 'every open dead letter, where nothing else says which')
    .option('--why <reason>', 'why this is done; it is written down beside each record', notEmpty)
    .option('--by <name>', 'who does it (default: the user of this machine)', notEmpty)
    .option('--rate <n/s>', 'records per second', parseRate, 100)
    .option(
      '--wait <duration>',
      'how long to wait for the group afterwards; 0: not at all',
      parseDurationMs,
      60_000,
    )
    .option('--dry-run', 'show what would be done and do nothing')
    .option('-y, --yes', 'do not ask')
    .option('--json', `print ${JOB_SHAPE}`);
}

async function list(flags: ListFlags): Promise<void> {
  await withLetters(flags, async (log, reader) => {
    const selection = selectionOf(flags, flags.state);
    const letters = log
      .letters()
      .filter((letter) => isSelected(letter, selection))
      .sort((a, b) => b.diedAtMs - a.diedAtMs);
    const counts = countLetters(letters);
    const listed = letters.slice(0, flags.limit ?? (flags.json ? Infinity : LISTED));
    const settled = await settledOf(reader, listed);
    if (flags.json) {
      const documents = documentsOf(listed, settled);
      return printLines(jsonLines({ total: letters.length, counts, letters: documents }));
    }
    if (letters.length === 0) return console.log(`No dead letters (state: ${flags.state}).`);
    const more = letters.length - listed.length;
    await printLines([...countTable(counts), '', ...letterTable(listed, settled)]);
    if (more > 0) console.log(`… and ${more} more: --limit ${letters.length}`);
  });
}

async function show(id: string, flags: ShowFlags): Promise<void> {
  await withLetters(flags, async (log, reader) => {
    const letter = theOne(id, log.letters());
    const record = (await log.recordsOf([letter])).get(letter.id);
    if (record === undefined)
      throw new OperationRefused(`The dead letter of ${id} is gone: retention has deleted it.`);
    const waiting = waitingBehind(letter, log.letters());
    const [history, settled] = [await log.historyOf(letter), await settledOf(reader, [letter])];
    const detail = { letter, record, history, waiting, settled };
    if (flags.json) console.log(JSON.stringify(detailDocument(detail, flags), null, 2));
    else console.log(detailLines(detail, flags).join('\n'));
  });
}

function* documentsOf(letters: readonly Letter[], settled: Settled) {
  for (const letter of letters) yield letterDocument(letter, settled);
}

function theOne(id: string, letters: readonly Letter[]): Letter {
  const found = letters.filter((letter) => letter.id === id);
  const [letter] = found;
  if (letter === undefined) {
    throw new OperationRefused(
      `No group has given up ${id}. \`orderstream dlq list --state all\` shows what there is.`,
    );
  }
  if (found.length === 1) return letter;
  const groups = found.map(({ of }) => of.group).join(', ');
  throw new OperationRefused(`${id} was given up by ${groups}: say which one with --group.`);
}

function notEmpty(text: string): string {
  if (text.trim() !== '') return text.trim();
  throw new InvalidArgumentError('It must say something.');
}
