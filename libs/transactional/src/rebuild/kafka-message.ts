import type { OnRecords } from '@orderstream/events/rebuild';

/** A record as it was read. */
export type KafkaMessage = Parameters<OnRecords>[2][number];
