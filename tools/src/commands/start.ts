import { InvalidArgumentError, type Command } from 'commander';
import { startPlatform, type Platform, type Restart, type UnexpectedExit } from '../platform/index.ts';
import { progressLines } from '../progress-lines.ts';
import { describeFailure } from '../run-cli.ts';
import { localPorts, PORTS_IN_A_ROW } from '../start/local-addresses.ts';
import { runServices } from '../start/run-services.ts';
import { StopDeadline } from '../start/stop-deadline.ts';
import { listenForStop } from '../stop-request.ts';
import { platformFromOptions, withPlatformOptions, type PlatformFlags } from './platform-options.ts';

interface StartFlags extends PlatformFlags {
  readonly firstPort?: number;
}

/** For what was cut short and holds on to this process, such as a request to a Kafka that is gone. */
const LINGER_MS = 500;
const LAST_FIRST_PORT = 65_536 - PORTS_IN_A_ROW;

/** `orderstream start` (`npm start`): everything on this machine until Ctrl-C. */
export function registerStart(program: Command): void {
  withPlatformOptions(program.command('start'))
    .option(
      '--first-port <port>',
      `services and catchers on ${PORTS_IN_A_ROW} ports in a row from this one on: order-api, analytics, worker, notifier, SMTP, mailbox, SMS ` +
        '(default: 3000 to 3003, 11025, 18025, 18026)',
      firstPort,
    )
    .description('run Kafka, PostgreSQL and the services on this machine until Ctrl-C; their data stays')
    .action(start);
}

/** Everything has ended 30 s after Ctrl-C, the services first; what has not is killed, and recovers from that by its log. */
async function start(flags: StartFlags): Promise<void> {
  const stop = listenForStop(() => console.error('stopping in order …'));
  const stopDeadline = new StopDeadline(stop.signal);
  const options = platformFromOptions(flags);
  let platform: Platform | undefined;
  try {
    platform = await startPlatform({
      ...options,
      signal: stop.signal,
      onProgress: progressLines(),
      onUnexpectedExit: reportExit,
      onRestart: reportRestart,
    });
    await runServices({
      platform,
      dataDir: options.dataDir,
      ports: localPorts(flags.firstPort),
      stop: stop.signal,
      stopDeadline,
      print: (line) => console.log(line),
    });
  } catch (error) {
    if (!stop.signal.aborted) throw error; // what Ctrl-C interrupts half way fails, as it should
  } finally {
    await platform?.stop(stopDeadline.leftMs());
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

function reportExit({ title, lastLogLines }: UnexpectedExit): void {
  console.error([`${title} ended by itself; its last lines:`, ...lastLogLines].join('\n    '));
}

function reportRestart({ title, failure }: Restart): void {
  console.error(failure === undefined ? `${title} is up again` : describeFailure(failure));
}

function firstPort(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= LAST_FIRST_PORT) return value;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${LAST_FIRST_PORT}.`);
}
