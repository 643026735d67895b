import type { Command } from 'commander';
import { CommandFailed } from '../exit-codes.ts';

/**
 * An operation cannot be done, or would not be right. The message is for the person at the terminal: what is the matter, and what to do
 * about it. The command exits with 1.
 */
export class OperationRefused extends Error {
  override readonly name = 'OperationRefused';
}

/** Wraps a command's action so that a refusal ends it with its sentence on stderr, and a wrong call with exit code 2. */
export function sayingWhy<Args extends unknown[]>(
  action: (...args: Args) => Promise<void>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    try {
      await action(...args);
    } catch (error) {
      if (error instanceof UsedWrongly) commandOf(args).error(`error: ${error.message}`, { exitCode: 2 });
      if (!(error instanceof OperationRefused)) throw error;
      console.error(error.message);
      throw new CommandFailed();
    }
  };
}

/** The command line contradicts itself in a way that no single option shows. The command exits with 2. */
export class UsedWrongly extends Error {
  override readonly name = 'UsedWrongly';
}

/** commander hands the command itself in as the action's last argument. */
function commandOf(args: readonly unknown[]): Command {
  return args.at(-1) as Command;
}
