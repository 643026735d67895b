/** Raised by a producer when the record is surely not in the topic: it may be sent again. The caller is told 503 `not-accepted`. */
export class NotAcceptedError extends Error {
  readonly code: string = 'not-accepted';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NotAcceptedError';
  }
}

/** Raised at once when too much is waiting for Kafka already. The operator looks why the broker is slow or away. */
export class QueueFullError extends NotAcceptedError {
  override readonly code = 'queue-full';
}

/** Raised when the broker refuses this record for good, for instance because it is too large. Sending it again cannot help. */
export class RecordRefusedError extends NotAcceptedError {
  override readonly code = 'record-refused';
}

/** Raised when the record was sent and no answer came: it may be in the topic. Sending it again may double it, which consumers bear. */
export class OutcomeUnknownError extends Error {
  readonly code = 'outcome-unknown';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutcomeUnknownError';
  }
}
