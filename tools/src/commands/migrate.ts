import type { Command } from 'commander';
import { sayingWhy } from '../log/operation-refused.ts';
import { databaseUrl, withDatabaseOptions, type DatabaseFlags } from '../order/service-databases.ts';
import { migrateServices } from '../services/migrate-services.ts';

interface MigrateFlags extends Partial<DatabaseFlags> {
  readonly json?: boolean;
}

/** What a service's own `migrate.js` says of a migration it has run: `worker: CreateOrders1750000100001 (12 ms)`. */
const RAN = /^(\w+): (\w+) \(\d+ ms\)$/;

/** `orderstream migrate`: every service's tables as its built version wants them. */
export function registerMigrate(program: Command): void {
  withDatabaseOptions(program.command('migrate'))
    .description("bring every service's tables up to date; any number may do it at once")
    .option('--json', 'print {migrations: [{schema, migration}]} as JSON: what this call has run')
    .action(sayingWhy(migrate));
}

async function migrate(flags: MigrateFlags): Promise<void> {
  const migrations: { schema: string; migration: string }[] = [];
  const say = flags.json ? console.error : console.log;
  const databases = {
    kafkaBrokers: '',
    databaseUrl: (name: Parameters<typeof databaseUrl>[0]) => databaseUrl(name, flags),
  };
  await migrateServices(databases, (line) => {
    const [, schema, migration] = RAN.exec(line) ?? [];
    if (schema !== undefined && migration !== undefined) migrations.push({ schema, migration });
    say(line);
  });
  if (flags.json) console.log(JSON.stringify({ migrations }, null, 2));
}
