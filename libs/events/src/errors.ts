/**
 * Raised by a handler when what it needs is away for a while: database, gateway, a lock, a timeout. The partition pauses and
 * the same records are tried again for as long as it lasts. The operator mends the dependency; nothing is dead-lettered.
 */
export class TransientError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TransientError';
    this.code = code;
  }
}

export interface PermanentErrorOptions extends ErrorOptions {
  /** The event that cannot be handled, as the handler was given it. */
  readonly event?: object;
}

/**
 * Raised by a handler when no repetition can help this record. It is dead-lettered at once with the given reason; the operator
 * reads the dead letter, mends the cause and redrives or discards it. Whoever knows which event of the batch it is should say so: the
 * others are tried again as they are, instead of being halved until the bad one is found.
 */
export class PermanentError extends Error {
  readonly code: string;
  readonly event: object | undefined;

  constructor(code: string, message: string, options: PermanentErrorOptions = {}) {
    super(message, options);
    this.name = 'PermanentError';
    this.code = code;
    this.event = options.event;
  }
}
