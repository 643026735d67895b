import type { Command } from 'commander';
import { startPlatform, type Platform } from '../platform/index.ts';
import { progressLines } from '../progress-lines.ts';
import { listenForStop, type StopRequest } from '../stop-request.ts';
import { platformFromOptions, withPlatformOptions, type PlatformFlags } from './platform-options.ts';

/** `orderstream start` (`npm start`): everything on this machine until Ctrl-C. */
export function registerStart(program: Command): void {
  withPlatformOptions(program.command('start'))
    .description('run Kafka, PostgreSQL and the services on this machine until Ctrl-C; their data stays')
    .action(start);
}

async function start(flags: PlatformFlags): Promise<void> {
  const stop = listenForStop(() => console.error('stopping …'));
  const onProgress = progressLines();
  const platform = await startPlatform({
    ...platformFromOptions(flags),
    onProgress,
    onUnexpectedExit: ({ title, lastLogLines }) => {
      console.error([`${title} ended by itself; its last lines:`, ...lastLogLines].join('\n    '));
    },
  });
  try {
    await run(platform, stop);
  } finally {
    await platform.stop();
  }
}

/** What runs on the platform until a stop is requested: everything it started has ended when it returns. */
async function run(_platform: Platform, stop: StopRequest): Promise<void> {
  await stop.requested;
}
