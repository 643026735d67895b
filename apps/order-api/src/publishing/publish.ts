import {
  NotAcceptedError,
  OutcomeUnknownError,
  RecordRefusedError,
  type EventProducer,
  type OutgoingRecord,
} from '@orderstream/events';
import { Problem } from '@orderstream/service';

/** A broker that refuses our records for good needs an operator; asking again every second does not bring one. */
const REFUSED_RETRY_SECONDS = 60;

/**
 * Sends an event and waits until all in-sync replicas hold it.
 * @param ids what the caller needs to find out, later, what became of a request whose outcome is unknown
 * @throws Problem 503 `not-accepted` or `outcome-unknown`, within the producer's deadline
 */
export async function publish(
  producer: EventProducer,
  record: OutgoingRecord,
  ids: Readonly<Record<string, string>>,
): Promise<void> {
  try {
    await producer.send(record);
  } catch (error) {
    if (error instanceof OutcomeUnknownError) throw outcomeUnknown(ids, error);
    if (error instanceof RecordRefusedError) throw notAccepted(error, REFUSED_RETRY_SECONDS);
    if (error instanceof NotAcceptedError) throw notAccepted(error);
    throw error;
  }
}

/** 503: this request has surely had no effect. */
export function notAccepted(cause: unknown, retryAfterSeconds = 1): Problem {
  return new Problem({
    status: 503,
    kind: 'not-accepted',
    title: 'Not accepted',
    detail: 'The request had no effect. It may be repeated.',
    members: { outcome: 'not-accepted' },
    retryAfterSeconds,
    cause,
  });
}

function outcomeUnknown(ids: Readonly<Record<string, string>>, cause: unknown): Problem {
  return new Problem({
    status: 503,
    kind: 'outcome-unknown',
    title: 'Outcome unknown',
    detail:
      'The request was passed on but not confirmed in time: it may still take effect under these ids. ' +
      'It may be repeated safely with the same Idempotency-Key only.',
    members: { outcome: 'outcome-unknown', ...ids },
    cause,
  });
}
