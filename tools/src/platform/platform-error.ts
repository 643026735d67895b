export type PlatformErrorCode =
  | 'data-dir-in-use'
  | 'data-dir-unusable'
  | 'disk-full'
  | 'java-missing'
  | 'kafka-start-failed'
  | 'kafka-unreachable'
  | 'maven-failed'
  | 'maven-missing'
  | 'not-ours'
  | 'port-taken'
  | 'postgres-missing'
  | 'postgres-start-failed'
  | 'postgres-unreachable'
  | 'stop-failed';

/**
 * Why the local platform cannot do what was asked. The message is for the person at the terminal: one sentence on what
 * is wrong and one on the way out; `logLines` are the last lines of a server that did not come up.
 */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';

  constructor(
    readonly code: PlatformErrorCode,
    message: string,
    readonly logLines: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
