import type { KafkaMessage } from 'kafkajs';

/** One transaction's worth. 500 rows a statement is where PostgreSQL's cost per row levels out (docs/performance.md). */
const MAX_SLICE_RECORDS = 500;
const MAX_SLICE_BYTES = 1024 * 1024;

/** Cuts the records at or after `start` into slices that fit a transaction; a record larger than a slice stands alone. */
export function* slicesOf(
  messages: readonly KafkaMessage[],
  start: number,
  maxRecords = MAX_SLICE_RECORDS,
): Generator<KafkaMessage[]> {
  let slice: KafkaMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    if (Number(message.offset) < start) continue;
    const size = message.value?.length ?? 0;
    if (slice.length === maxRecords || (slice.length > 0 && bytes + size > MAX_SLICE_BYTES)) {
      yield slice;
      slice = [];
      bytes = 0;
    }
    slice.push(message);
    bytes += size;
  }
  if (slice.length > 0) yield slice;
}
