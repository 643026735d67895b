import {
  NotAcceptedError,
  OutcomeUnknownError,
  RecordRefusedError,
  type EventProducer,
  type OutgoingRecord,
} from '@orderstream/events';
import { notAccepted, outcomeUnknown } from './outcome.ts';

/** A broker that refuses our records for good needs an operator; asking again every second does not bring one. */
const REFUSED_RETRY_SECONDS = 60;

export interface Publication {
  readonly record: OutgoingRecord;
  /** What the caller needs to find out, later, what became of a request whose outcome is unknown. */
  readonly ids: Readonly<Record<string, string>>;
  /** The same record may have been sent before: then no failure proves that it is not in the topic. */
  readonly isRepeat: boolean;
}

/**
 * Sends an event and waits until all in-sync replicas hold it.
 * @throws Problem 503 `not-accepted` or `outcome-unknown`, within the producer's deadline
 */
export async function publish(
  producer: EventProducer,
  { record, ids, isRepeat }: Publication,
): Promise<void> {
  try {
    await producer.send(record);
  } catch (error) {
    const isUnsent = error instanceof NotAcceptedError;
    if (error instanceof OutcomeUnknownError || (isUnsent && isRepeat)) throw outcomeUnknown(error, ids);
    if (error instanceof RecordRefusedError)
      throw notAccepted(error, { retryAfterSeconds: REFUSED_RETRY_SECONDS });
    throw isUnsent ? notAccepted(error) : error;
  }
}
