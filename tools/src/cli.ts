import { Command } from 'commander';
import { runCli } from './run-cli.ts';

/** Each command's module, loaded when it is called: `platform status` need not wait for what `bench` imports. */
const COMMANDS: Record<string, () => Promise<(program: Command) => void>> = {
  start: async () => (await import('./commands/start.ts')).registerStart,
  test: async () => (await import('./commands/test.ts')).registerTest,
  'test-faults': async () => (await import('./commands/test-faults.ts')).registerTestFaults,
  reset: async () => (await import('./commands/reset.ts')).registerReset,
  platform: async () => (await import('./commands/platform.ts')).registerPlatform,
  topics: async () => (await import('./commands/topics.ts')).registerTopics,
  asyncapi: async () => (await import('./commands/asyncapi.ts')).registerAsyncApi,
  migrate: async () => (await import('./commands/migrate.ts')).registerMigrate,
  tail: async () => (await import('./commands/tail.ts')).registerTail,
  lag: async () => (await import('./commands/lag.ts')).registerLag,
  dlq: async () => (await import('./commands/dlq.ts')).registerDlq,
  order: async () => (await import('./commands/order.ts')).registerOrder,
  replay: async () => (await import('./commands/replay.ts')).registerReplay,
  notifications: async () => (await import('./commands/notifications.ts')).registerNotifications,
  erase: async () => (await import('./commands/erase.ts')).registerErase,
  rebuild: async () => (await import('./commands/rebuild.ts')).registerRebuild,
  mailbox: async () => (await import('./commands/catchers.ts')).registerCatchers,
  sms: async () => (await import('./commands/catchers.ts')).registerCatchers,
  simulate: async () => (await import('./commands/simulate.ts')).registerSimulate,
  export: async () => (await import('./commands/export.ts')).registerExport,
  bench: async () => (await import('./commands/bench.ts')).registerBench,
};

const program = new Command('orderstream')
  .description(
    'Runs Orderstream on this machine and operates it. Exit codes: 0 done, 1 failed, 2 used wrongly.',
  )
  .helpCommand(false);

const [, , ...args] = process.argv;
const called = COMMANDS[args[0] ?? ''];
const loaded = await Promise.all((called ? [called] : Object.values(COMMANDS)).map((load) => load()));
for (const register of new Set(loaded)) register(program);

process.exitCode = await runCli(program, args);
