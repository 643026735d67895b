import { Command } from 'commander';
import { registerBench } from './commands/bench.ts';
import { registerCatchers } from './commands/catchers.ts';
import { registerPlatform } from './commands/platform.ts';
import { registerStart } from './commands/start.ts';
import { registerTest } from './commands/test.ts';
import { registerReset } from './commands/reset.ts';
import { registerTopics } from './commands/topics.ts';
import { runCli } from './run-cli.ts';

const program = new Command('orderstream')
  .description(
    'Runs Orderstream on this machine and operates it. Exit codes: 0 done, 1 failed, 2 used wrongly.',
  )
  .helpCommand(false);

registerStart(program);
registerTest(program);
registerReset(program);
registerPlatform(program);
registerCatchers(program);
registerTopics(program);
registerBench(program);

process.exitCode = await runCli(program, process.argv.slice(2));
