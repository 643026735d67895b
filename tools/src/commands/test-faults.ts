import { Argument, InvalidArgumentError, type Command } from 'commander';
import { FAULT_SUITES, faultStep, type FaultSuite } from '../test-run/fault-step.ts';
import { JSON_SHAPE, runAndReport } from '../test-run/report-run.ts';

interface FaultFlags {
  readonly scale?: number;
  readonly json?: boolean;
}

/** `orderstream test-faults` (`npm run test:faults`): the promises that take long to show. */
export function registerTestFaults(program: Command): void {
  program
    .command('test-faults')
    .description(
      'the whole system, broken for real and at length, on a Kafka and PostgreSQL of its own: ' +
        'broker (restarts and kills while 100,000 events flow), poison (5,000 records among 100,000 good ones), ' +
        'memory (a backlog of 1,000,000 records), gateway (10,000 orders told of through gateways in trouble, notifier killed again and again)',
    )
    .addArgument(new Argument('[suite...]', 'which; default: all').choices(FAULT_SUITES))
    .option('--scale <factor>', 'the size, 1 being the full one; default: FAULTS_SCALE, else 1', factor)
    .option('--json', `print ${JSON_SHAPE} as JSON`)
    .action(testFaults);
}

async function testFaults(suites: FaultSuite[], { scale, json }: FaultFlags): Promise<void> {
  if (scale !== undefined) process.env['FAULTS_SCALE'] = String(scale);
  await runAndReport({ lanes: [[faultStep(suites.length === 0 ? FAULT_SUITES : suites)]], json });
}

function factor(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0, as 0.1 for a tenth.');
}
