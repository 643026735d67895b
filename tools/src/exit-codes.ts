/** What the CLI exits with, the same for every command. */
export const EXIT = { done: 0, failed: 1, usedWrongly: 2 } as const;

/** A command failed and has said why itself; the CLI adds nothing and exits with 1. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}
