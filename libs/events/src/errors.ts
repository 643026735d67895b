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

/**
 * Raised by a handler when no repetition can help this record. It is dead-lettered at once with the given reason; the operator
 * reads the dead letter, mends the cause and redrives or discards it.
 */
export class PermanentError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PermanentError';
    this.code = code;
  }
}
