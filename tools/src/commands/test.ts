import { Option, type Command } from 'commander';
import { JSON_SHAPE, runAndReport } from '../test-run/report-run.ts';
import { KINDS, type Kind } from '../test-run/steps.ts';

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
    .option('--json', `print ${JSON_SHAPE} as JSON`)
    .action(({ only, json }: TestFlags) => runAndReport({ only, json }));
}
