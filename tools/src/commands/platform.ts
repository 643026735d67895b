import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { platformFromOptions, withPlatformOptions, type PlatformFlags } from './platform-options.ts';
import { platformStatus, stopDetached } from '../platform/control.ts';
import { startPlatform, type Platform } from '../platform/index.ts';
import { progressLines } from '../progress-lines.ts';

interface Output {
  readonly json?: boolean;
}

/** `orderstream platform up|down|status`: Kafka and PostgreSQL without the services, for development and experiments. */
export function registerPlatform(program: Command): void {
  const platform = program
    .command('platform')
    .description('the local Kafka and PostgreSQL by themselves, without the services')
    .helpCommand(false);

  withPlatformOptions(platform.command('up'))
    .description('start them and leave them running')
    .option('--json', 'print {kafka_brokers, database_url, pids} as JSON')
    .action(up);

  withPlatformOptions(platform.command('down'))
    .description('stop what `platform up` started; their data stays')
    .option('--json', 'print {stopped} as JSON')
    .action(down);

  withPlatformOptions(platform.command('status'))
    .description('tell whether they run; exits with 1 when one of them does not')
    .option('--json', 'print {kafka: {running, pid, address}, postgres: {…}} as JSON')
    .action(status);
}

async function up(flags: PlatformFlags & Output): Promise<void> {
  const platform = await startPlatform({
    ...platformFromOptions(flags),
    detached: true,
    onProgress: progressLines(),
  });
  if (flags.json) return printJson(describe(platform));
  console.log(`KAFKA_BROKERS=${platform.kafkaBrokers}\nDATABASE_URL=${platform.databaseUrl('postgres')}`);
}

function describe(platform: Platform) {
  return {
    kafka_brokers: platform.kafkaBrokers,
    database_url: platform.databaseUrl('postgres'),
    pids: platform.pids,
  };
}

async function down(flags: PlatformFlags & Output): Promise<void> {
  const stopped = await stopDetached(platformFromOptions(flags).dataDir);
  if (flags.json) return printJson({ stopped });
  console.log(stopped.length ? `stopped ${stopped.join(' and ')}` : 'nothing was running');
}

async function status(flags: PlatformFlags & Output): Promise<void> {
  const found = await platformStatus(platformFromOptions(flags).dataDir);
  if (!found.kafka.running || !found.postgres.running) process.exitCode = EXIT.failed;
  if (flags.json) return printJson(found);
  for (const [title, server] of [['Kafka', found.kafka] as const, ['PostgreSQL', found.postgres] as const]) {
    const state = server.running ? `running at ${server.address} (process ${server.pid})` : 'not running';
    console.log(`${title.padEnd(10)} ${state}`);
  }
}

function printJson(document: unknown): void {
  console.log(JSON.stringify(document, null, 2));
}
