/**
 * Three of the four rules are one: many different things of one subject within a short time. Orders of a customer, failed payments
 * of a customer, customers of a contact.
 */
export type BurstRule = 'order_velocity' | 'failed_payments' | 'shared_contact';

/** Something that counts for a rule: `member` belongs to `subject_id`, at a time. */
export interface Mark {
  readonly rule: BurstRule;
  readonly subject_id: string;
  readonly member: string;
  /** When it happened, Unix ms. */
  readonly at_ms: number;
}

/** Suspicious are `count` different members of one subject, the first and the last no further apart than the window. */
export interface BurstLimit {
  readonly count: number;
  readonly windowMs: number;
}

export interface Burst {
  /** When the limit was reached, or reached still: the time of a mark, Unix ms. The window ends here. */
  readonly endMs: number;
  /** How many different members the window has. */
  readonly count: number;
  /** Some of them, those that were seen longest ago first. */
  readonly members: readonly string[];
  /** From the member seen longest ago to the window's end. */
  readonly withinMs: number;
  /** The shortest time up to the window's end in which the limit was reached. */
  readonly tightestMs: number;
}

/** As many ids as a person looks at. */
const MAX_MEMBERS = 20;

/**
 * Every time at which the limit is reached, in the order of time. Looks at when things happened and not at the order in which they
 * are given; more marks never take a burst away.
 * @param marks of one rule and subject
 */
export function bursts(marks: readonly Mark[], { count, windowMs }: BurstLimit): Burst[] {
  const sorted = marks.toSorted((one, other) => one.at_ms - other.at_ms);
  const found: Burst[] = [];
  /** When each member was seen last; those seen longest ago first. */
  const seen = new Map<string, number>();
  for (const [index, { member, at_ms: endMs }] of sorted.entries()) {
    seen.delete(member);
    seen.set(member, endMs);
    // All of one moment are looked at together.
    if (sorted[index + 1]?.at_ms === endMs) continue;
    forgetBefore(seen, endMs - windowMs);
    if (seen.size >= count) found.push(burstOf(seen, count, endMs));
  }
  return found;
}

function forgetBefore(seen: Map<string, number>, beginMs: number): void {
  for (const [member, atMs] of seen) {
    if (atMs >= beginMs) return;
    seen.delete(member);
  }
}

function burstOf(seen: ReadonlyMap<string, number>, count: number, endMs: number): Burst {
  const times = [...seen.values()];
  return {
    endMs,
    count: seen.size,
    members: [...seen.keys()].slice(0, MAX_MEMBERS),
    withinMs: endMs - (times[0] as number),
    tightestMs: endMs - (times.at(-count) as number),
  };
}
