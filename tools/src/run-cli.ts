import { CommanderError, type Command } from 'commander';
import { CommandFailed, EXIT } from './exit-codes.ts';
import { OperationRefused } from './log/operation-refused.ts';
import { PlatformError } from './platform/index.ts';

/** Runs one command line and returns the exit code: 0 done, 1 failed, 2 used wrongly. Errors go to stderr. */
export async function runCli(program: Command, args: readonly string[]): Promise<number> {
  forEachCommand(program, (command) =>
    command.exitOverride().showHelpAfterError('(--help shows what is possible)'),
  );
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usedWrongly;
    if (!(error instanceof CommandFailed)) console.error(describeFailure(error));
    return EXIT.failed;
  }
}

/** What a person needs to see: a sentence for what we expected might happen, everything for what we did not. */
export function describeFailure(error: unknown): string {
  if (error instanceof PlatformError) {
    return [error.message, ...error.logLines.map((line) => `    ${line}`)].join('\n');
  }
  if (error instanceof OperationRefused) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function forEachCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) forEachCommand(child, visit);
}
