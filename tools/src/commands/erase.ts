import { Option, type Command } from 'commander';
import { parseDurationMs } from '../dlq/option-values.ts';
import { confirm } from '../dlq/preview.ts';
import { eraseCustomer, findCustomer, type Findings } from '../erase/erase-customer.ts';
import { ERASE_SHAPE, findingLines, kafkaLines, remainsInKafka, waitingFor } from '../erase/erase-report.ts';
import { untilHandled, type GroupBehind } from '../erase/groups-behind.ts';
import { CommandFailed } from '../exit-codes.ts';
import { sayingWhy, UsedWrongly } from '../log/operation-refused.ts';
import { withDatabaseOptions, type DatabaseFlags } from '../order/service-databases.ts';
import { kafkaFromOptions, withKafkaOptions, type KafkaFlags } from './kafka-options.ts';

interface EraseFlags extends KafkaFlags, Partial<DatabaseFlags> {
  readonly wait: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** As in the contract: what a customer_id and a user_id look like. */
const CUSTOMER_ID = /^[A-Za-z0-9_-]{1,64}$/;
const WAIT_MS = 10_000;
/** For groups that are a few records behind, as always under traffic, when one that stands was waited for already. */
const FEW_BEHIND_MS = 2_000;

/** `orderstream erase <customer-id>`: what is known of a customer goes; what they ordered and paid stays, under their id. */
export function registerErase(program: Command): void {
  withDatabaseOptions(withKafkaOptions(program.command('erase')))
    .description(
      "remove a customer's addresses, numbers and name from every service's database; orders and payments stay, under the customer's id. " +
        'It cannot be undone. Done again, it erases what has come since. A group that has records still to handle is waited for: the customer may be in them',
    )
    .argument('<customer-id>')
    .option('--dry-run', 'show what would be erased and do nothing')
    .addOption(
      new Option('--wait <duration>', 'how long to wait for such a group; 0: not at all')
        .argParser(parseDurationMs)
        .default(WAIT_MS, '10s'),
    )
    .option('-y, --yes', 'do not ask')
    .option('--json', `print ${ERASE_SHAPE}`)
    .action(sayingWhy(erase));
}

async function erase(customerId: string, flags: EraseFlags): Promise<void> {
  if (!CUSTOMER_ID.test(customerId))
    throw new UsedWrongly(`"${customerId}" is no customer id: those are 1 to 64 of A-Z, a-z, 0-9, _ and -`);
  const behind = await groupsBehind(flags, flags.wait);
  const found = withBehind(await findCustomer(customerId, flags), behind);
  for (const line of findingLines(found, false)) console.error(line);
  const isNeeded = found.places.some(({ rows }) => rows > 0);
  if (isNeeded && !flags.dryRun && !flags.yes)
    await confirm(`Erase customer ${customerId}? This cannot be undone.`);
  const isDone = isNeeded && !flags.dryRun;
  const findings = isDone ? await eraseAfter(behind, customerId, flags) : found;
  report(customerId, findings, isDone, flags);
  if (!flags.dryRun && findings.waiting.length + findings.leftovers.length > 0) throw new CommandFailed();
}

/**
 * What groups have made of the records that were waited for, as the worker's ruling on an order, is in the log by now: that is waited for,
 * too. Who is behind is seen before anything is erased: what a group that is not has written is there to be erased.
 */
async function eraseAfter(
  behind: readonly GroupBehind[],
  customerId: string,
  flags: EraseFlags,
): Promise<Findings> {
  const still = await groupsBehind(
    flags,
    behind.length > 0 ? Math.min(flags.wait, FEW_BEHIND_MS) : flags.wait,
  );
  return withBehind(await eraseCustomer(customerId, flags), still);
}

function groupsBehind(flags: EraseFlags, waitMs: number): Promise<GroupBehind[]> {
  return untilHandled(kafkaFromOptions(flags), flags, {
    waitMs,
    onWait: (behind) => {
      const names = behind.map(({ group, topic, records }) => `${group} (${records} records of ${topic})`);
      console.error(`Waiting for up to ${waitMs / 1000} s for ${names.join(', ')} …`);
    },
  });
}

function withBehind(findings: Findings, behind: readonly GroupBehind[]): Findings {
  return { ...findings, waiting: [...findings.waiting, ...behind.map(waitingFor)] };
}

function report(customerId: string, findings: Findings, isDone: boolean, flags: EraseFlags): void {
  const nowMs = Date.now();
  if (flags.json) {
    const document = {
      customer_id: customerId,
      erased: isDone,
      ...findings,
      remains_in_kafka: remainsInKafka(nowMs),
    };
    return console.log(JSON.stringify(document, null, 2));
  }
  if (flags.dryRun) console.log('dry run: nothing was changed');
  else if (isDone) console.log(findingLines(findings, true).join('\n'));
  console.log(kafkaLines(nowMs).join('\n'));
}
