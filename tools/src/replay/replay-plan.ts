/** One partition, and where a replay puts its group. */
export interface PartitionPlan {
  readonly partition: number;
  /** The group's next offset now, as its database says; undefined: it never handled the partition. */
  readonly position: number | undefined;
  /** Kafka's committed offset; undefined: there is none. */
  readonly committed: number | undefined;
  /** Where it begins again; its position when there is nothing to handle again. */
  readonly backTo: number | undefined;
  /** Records between the two: the most it handles again. */
  readonly records: number;
  /** Set when the log begins later than what was asked for. */
  readonly deletedBefore: number | undefined;
}

export interface Found {
  /** What the log still holds. */
  readonly bounds: ReadonlyMap<number, { readonly low: number; readonly high: number }>;
  /** Where the person wants to begin; within the bounds. */
  readonly wanted: ReadonlyMap<number, number>;
  /** The offset that was named, when one was. */
  readonly named: number | undefined;
  readonly positions: ReadonlyMap<number, number>;
  readonly committed: ReadonlyMap<number, number>;
}

/** What a replay does to each partition. It goes back only: what a group has not handled yet is not skipped. Pure. */
export function planReplay({ bounds, wanted, named, positions, committed }: Found): PartitionPlan[] {
  return [...bounds].map(([partition, { low }]) => {
    const position = positions.get(partition);
    const backTo = position === undefined ? undefined : Math.min(position, wanted.get(partition) ?? position);
    return {
      partition,
      position,
      committed: committed.get(partition),
      backTo,
      records: position === undefined || backTo === undefined ? 0 : position - backTo,
      deletedBefore: named !== undefined && named < low ? low : undefined,
    };
  });
}

/** Whether the partition's position has to be moved. */
export function movesBack({ position, backTo }: PartitionPlan): boolean {
  return position !== undefined && backTo !== undefined && backTo < position;
}

/** Whether Kafka's committed offset lies past where the group begins: also after a replay that was cut off in the middle. */
export function hasCommittedPast({ committed, backTo }: PartitionPlan): boolean {
  return committed !== undefined && backTo !== undefined && backTo < committed;
}
