import type { Command } from 'commander';
import { startPlatform, type Platform, type UnexpectedExit } from '../platform/index.ts';
import { progressLines } from '../progress-lines.ts';
import { describeFailure } from '../run-cli.ts';
import { runServices } from '../start/run-services.ts';
import { listenForStop } from '../stop-request.ts';
import { platformFromOptions, withPlatformOptions, type PlatformFlags } from './platform-options.ts';

/** `orderstream start` (`npm start`): everything on this machine until Ctrl-C. */
export function registerStart(program: Command): void {
  withPlatformOptions(program.command('start'))
    .description('run Kafka, PostgreSQL and the services on this machine until Ctrl-C; their data stays')
    .action(start);
}

async function start(flags: PlatformFlags): Promise<void> {
  const stop = listenForStop(() => console.error('stopping in order …'));
  const options = platformFromOptions(flags);
  let platform: Platform | undefined;
  try {
    platform = await startPlatform({
      ...options,
      onProgress: progressLines(),
      onUnexpectedExit: (exit) => void bringBack(exit, platform, stop.signal),
    });
    await runServices({ platform, dataDir: options.dataDir, stop, print: (line) => console.log(line) });
  } catch (error) {
    if (!stop.signal.aborted) throw error; // what Ctrl-C interrupts half way fails, as it should
  } finally {
    await platform?.stop();
  }
}

/** Kafka or PostgreSQL has died (or was killed): it is started again, as a service would be. */
async function bringBack(
  exit: UnexpectedExit,
  platform: Platform | undefined,
  stop: AbortSignal,
): Promise<void> {
  if (stop.aborted || !platform) return;
  console.error([`${exit.title} ended by itself; its last lines:`, ...exit.lastLogLines].join('\n    '));
  try {
    await (exit.part === 'kafka' ? platform.startKafka() : platform.startPostgres());
    console.error(`${exit.title} is up again`);
  } catch (error) {
    if (!stop.aborted) console.error(describeFailure(error));
  }
}
