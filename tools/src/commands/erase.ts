import type { Command } from 'commander';
import { confirm } from '../dlq/preview.ts';
import { eraseCustomer, findCustomer, type Findings } from '../erase/erase-customer.ts';
import { ERASE_SHAPE, findingLines, kafkaLines, remainsInKafka } from '../erase/erase-report.ts';
import { CommandFailed } from '../exit-codes.ts';
import { sayingWhy, UsedWrongly } from '../log/operation-refused.ts';
import { withDatabaseOptions, type DatabaseFlags } from '../order/service-databases.ts';

interface EraseFlags extends Partial<DatabaseFlags> {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** As in the contract: what a customer_id and a user_id look like. */
const CUSTOMER_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** `orderstream erase <customer-id>`: what is known of a customer goes; what they ordered and paid stays, under their id. */
export function registerErase(program: Command): void {
  withDatabaseOptions(program.command('erase'))
    .description(
      "remove a customer's addresses, numbers and name from every service's database; orders and payments stay, under the customer's id. " +
        'It cannot be undone. Done again, it erases what has come since',
    )
    .argument('<customer-id>')
    .option('--dry-run', 'show what would be erased and do nothing')
    .option('-y, --yes', 'do not ask')
    .option('--json', `print ${ERASE_SHAPE}`)
    .action(sayingWhy(erase));
}

async function erase(customerId: string, flags: EraseFlags): Promise<void> {
  if (!CUSTOMER_ID.test(customerId))
    throw new UsedWrongly(`"${customerId}" is no customer id: those are 1 to 64 of A-Z, a-z, 0-9, _ and -`);
  const found = await findCustomer(customerId, flags);
  for (const line of findingLines(found, false)) console.error(line);
  const isNeeded = found.places.some(({ rows }) => rows > 0);
  if (isNeeded && !flags.dryRun && !flags.yes)
    await confirm(`Erase customer ${customerId}? This cannot be undone.`);
  const isDone = isNeeded && !flags.dryRun;
  const findings = isDone ? await eraseCustomer(customerId, flags) : found;
  report(customerId, findings, isDone, flags);
  if (!flags.dryRun && findings.waiting.length + findings.leftovers.length > 0) throw new CommandFailed();
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
