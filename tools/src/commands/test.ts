import { Option, type Command } from 'commander';
import { CommandFailed } from '../exit-codes.ts';
import { listenForStop } from '../stop-request.ts';
import { KINDS, type Kind } from '../test-run/steps.ts';
import { runTests } from '../test-run/test-run.ts';

interface TestFlags {
  readonly only?: Kind;
  readonly json?: boolean;
}

/** `orderstream test` (`npm test`): everything that has to hold before a change goes in. */
export function registerTest(program: Command): void {
  program
    .command('test')
    .description(
      'format, lint, types, unit, integration and end-to-end tests, on a Kafka and PostgreSQL of their own',
    )
    .addOption(new Option('--only <kind>', 'run only this kind').choices(KINDS))
    .option('--json', 'print {passed, failed, steps: [{title, seconds, passed, failed}]} as JSON')
    .action(test);
}

async function test(flags: TestFlags): Promise<void> {
  const print = (line: string): void => (flags.json ? console.error(line) : console.log(line));
  const stop = listenForStop(() => print('stopping …'));
  try {
    const result = await runTests({ only: flags.only, stop: stop.signal, print });
    if (stop.signal.aborted) throw new CommandFailed();
    if (flags.json) console.log(JSON.stringify(result, null, 2));
    else print(`${result.passed} passed, ${result.failed} failed`);
    if (result.failed) throw new CommandFailed();
  } catch (error) {
    throw stop.signal.aborted ? new CommandFailed() : error;
  }
}
