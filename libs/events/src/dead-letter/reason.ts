/** Why a record could not be processed: the stable codes of the `dlq-reason` header. */
export type DeadLetterReason =
  | 'empty-value'
  | 'not-json'
  | 'not-an-envelope'
  | 'unknown-event-type'
  | 'unknown-schema-version'
  | 'contract-violated'
  | 'header-mismatch'
  | 'key-mismatch'
  | 'conflict'
  | 'permanent'
  | 'retries-exhausted'
  | 'redrive-limit'
  | 'parked-behind';
