import { setTimeout as sleep } from 'node:timers/promises';
import { LagReader, LagWindow, type GroupTopic, type KafkaSettings } from '@orderstream/events';
import { kafkaAway } from '../log/trouble.ts';
import type { LagReport } from './lag-report.ts';

export interface WatchOptions {
  readonly kafka: KafkaSettings;
  readonly of: readonly GroupTopic[];
  /** Over how long a verdict is formed. */
  readonly windowMs: number;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}

/** Looks at groups again and again, until `signal` aborts. In no group, and writing nothing. @throws OperationRefused when Kafka is away */
export async function* watchLag(options: WatchOptions): AsyncGenerator<LagReport> {
  const { kafka, of, windowMs, intervalMs, signal } = options;
  const away = (error: unknown): never => {
    throw kafkaAway(kafka.brokers.join(', '), error);
  };
  const window = new LagWindow(windowMs);
  const reader = await LagReader.open(kafka).catch(away);
  try {
    while (!signal.aborted) {
      const readings = await reader.read(of).catch(away);
      const atMs = Date.now();
      yield { atMs, windowMs, statuses: window.add(readings, atMs) };
      await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await reader.close();
  }
}
