/** The earliest that the log still holds of one partition. */
export interface PartitionBeginning {
  /** The first offset it holds. */
  readonly start: number;
  /** When its first records came, Unix ms; undefined when it holds none. */
  readonly firstMs: number | undefined;
}

/**
 * From when on the log tells everything, Unix ms. Where retention has deleted, that is the latest of the partitions' beginnings. A
 * partition that begins at 0 has lost nothing, unless the topic was created anew: then whatever was before is older than all of it.
 */
export function coversFromMs(partitions: readonly PartitionBeginning[], nowMs: number): number {
  const shortened = partitions.filter(({ start }) => start > 0).map(({ firstMs }) => firstMs ?? nowMs);
  const whole = partitions.flatMap(({ start, firstMs }) =>
    start === 0 && firstMs !== undefined ? [firstMs] : [],
  );
  const earliest = whole.length > 0 ? Math.min(...whole) : shortened.length > 0 ? -Infinity : nowMs;
  return Math.max(earliest, ...shortened);
}
