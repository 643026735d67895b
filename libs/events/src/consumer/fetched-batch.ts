import type { KafkaMessage } from 'kafkajs';
import type { PartitionLog } from '../kafka/read-logs.ts';
import type { StartingPoint } from './starting-point.ts';

/** What the consumer does with the partition after a batch. */
export type BatchOutcome =
  | { readonly kind: 'done'; readonly position: number }
  /** Leave the partition alone for `pauseMs`, then read on from `position`. */
  | { readonly kind: 'blocked'; readonly position: number; readonly pauseMs: number }
  /** Read on from `position`, which is not where this batch ends. */
  | { readonly kind: 'seek'; readonly position: number }
  /** Nothing can be done without an operator; the position watch finds out when one has been there. */
  | Halted;

export type Halted = Extract<StartingPoint, { kind: 'halted' }>;

/** One fetched batch of a partition, and the questions that only the consumer can answer. */
export interface FetchedBatch {
  readonly messages: readonly KafkaMessage[];
  /** One past the last offset of the batch, control records included. */
  readonly endOffset: number;
  /** One past the last offset of the partition, as of this fetch. */
  readonly logEndOffset: number;
  /** True once no further slice may be begun: shutdown, rebalance. */
  readonly shouldStop: () => boolean;
  /** Asks the broker where the partition's log begins and ends now. */
  readonly log: () => Promise<PartitionLog>;
}
