import { setTimeout as sleep } from 'node:timers/promises';
import { OperationRefused } from './operation-refused.ts';

/** How long a read of what is there goes on trying when Kafka stops answering. A restarted broker is back within it. */
export const PATIENCE_MS = 20_000;
const BETWEEN_TRIES_MS = 250;

/** Whether an error says that an offset is outside of the log. */
export function isAboutPlace(error: unknown): boolean {
  return (error as { type?: unknown }).type === 'OFFSET_OUT_OF_RANGE';
}

/** The sentence for a Kafka that cannot be reached or does not answer. */
export function kafkaAway(brokers: string, error: unknown): OperationRefused {
  const reason = error instanceof Error ? error.message : String(error);
  return new OperationRefused(
    `Kafka at ${brokers} did not answer: ${reason}. Is it running (\`orderstream platform status\`)? Another one is named by --brokers or KAFKA_BROKERS.`,
    { cause: error },
  );
}

/** Resolves a moment later, or at once when `signal` aborts. */
export async function pauseBetweenTries(signal?: AbortSignal, ms = BETWEEN_TRIES_MS): Promise<void> {
  await sleep(ms, undefined, signal && { signal }).catch(() => undefined);
}

/**
 * Asks until there is an answer, for as long as a restarted broker may take to be back, or until `signal` aborts.
 * @throws OperationRefused when there is none, or what `question` itself refuses
 */
export async function patiently<Answer>(
  question: () => Promise<Answer>,
  brokers: string,
  signal?: AbortSignal,
): Promise<Answer> {
  const sinceMs = Date.now();
  for (;;) {
    try {
      return await question();
    } catch (error) {
      if (error instanceof OperationRefused) throw error;
      if (signal?.aborted || Date.now() - sinceMs > PATIENCE_MS) throw kafkaAway(brokers, error);
      await pauseBetweenTries(signal);
    }
  }
}
