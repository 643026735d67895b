import type { Command } from 'commander';
import { resolve } from 'node:path';
import { CommandFailed } from '../exit-codes.ts';
import { deleteLocalData } from '../platform/control.ts';
import { orderstreamDir } from '../platform/index.ts';
import { saysYes } from '../says-yes.ts';

interface ResetFlags {
  readonly dataDir: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `orderstream reset`: back to an empty local platform. */
export function registerReset(program: Command): void {
  program
    .command('reset')
    .description('stop the local platform and delete all of its data: topics, databases, mails, logs')
    .option('--data-dir <directory>', 'where data and logs live', orderstreamDir)
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print {deleted: [file, …]} as JSON')
    .action(reset);
}

async function reset(flags: ResetFlags): Promise<void> {
  const dataDir = resolve(flags.dataDir);
  if (!flags.yes) await confirm(dataDir);
  const deleted = await deleteLocalData(dataDir);
  if (flags.json) console.log(JSON.stringify({ deleted }, null, 2));
  else
    console.log(
      deleted.length ? `deleted the local data in ${dataDir}` : `there was no local data in ${dataDir}`,
    );
}

async function confirm(dataDir: string): Promise<void> {
  if (!process.stdin.isTTY) {
    console.error(`This deletes all local data in ${dataDir}. Say --yes to do it without being asked.`);
    throw new CommandFailed();
  }
  if (await saysYes(`Delete all local data in ${dataDir}?`)) return;
  console.error('nothing was deleted');
  throw new CommandFailed();
}
