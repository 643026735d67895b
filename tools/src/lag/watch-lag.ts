import { LagReader, LagWindow, type GroupTopic, type KafkaSettings } from '@orderstream/events';
import { kafkaAway, pauseBetweenTries } from '../log/trouble.ts';
import type { LagReport } from './lag-report.ts';

export interface WatchOptions {
  readonly kafka: KafkaSettings;
  readonly of: readonly GroupTopic[];
  /** Over how long a verdict is formed. */
  readonly windowMs: number;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  /** Told when Kafka is away; then it is tried again. */
  readonly onTrouble?: ((sentence: string) => void) | undefined;
}

/**
 * Looks at groups again and again, until `signal` aborts. In no group, and writing nothing.
 * @throws OperationRefused when Kafka is away, unless there is somebody to be told of it
 */
export async function* watchLag(options: WatchOptions): AsyncGenerator<LagReport> {
  const { kafka, of, windowMs, intervalMs, signal, onTrouble } = options;
  const window = new LagWindow(windowMs);
  let reader: LagReader | undefined;
  let isTroubled = false;
  try {
    while (!signal.aborted) {
      try {
        reader ??= await LagReader.open(kafka);
        const readings = await reader.read(of);
        const atMs = Date.now();
        isTroubled = false;
        yield { atMs, windowMs, statuses: window.add(readings, atMs) };
      } catch (error) {
        if (onTrouble === undefined) throw kafkaAway(kafka.brokers.join(', '), error);
        if (!isTroubled) onTrouble('Kafka does not answer; trying until it does');
        isTroubled = true;
        await reader?.close();
        reader = undefined;
      }
      await pauseBetweenTries(signal, intervalMs);
    }
  } finally {
    await reader?.close();
  }
}
