import { retryTopic, type RecordPosition } from '@orderstream/events';
import type { LogReader } from '../log/log-reader.ts';
import { pauseBetweenTries } from '../log/trouble.ts';
import { nameOf, type GroupTopic, type Letter, type Settled } from './letter.ts';

/** What a group has still to consume of what it was handed back. */
export interface Outstanding {
  readonly of: GroupTopic;
  readonly records: number;
  /** Whether anybody is there to consume it. */
  readonly hasMembers: boolean;
}

/** A retry record, and for whom it was. */
export interface HandedBack {
  readonly of: GroupTopic;
  readonly retry: RecordPosition;
}

const POLL_MS = 250;

/**
 * Waits until the groups have consumed what was handed back to them, and tells on the way how much is left.
 * @returns what is left when `waitMs` have passed or `signal` aborts; empty when nothing is
 */
export async function untilConsumed(
  reader: LogReader,
  handedBack: readonly HandedBack[],
  options: { waitMs: number; signal: AbortSignal; onLeft: (left: readonly Outstanding[]) => void },
): Promise<Outstanding[]> {
  const endMs = performance.now() + options.waitMs;
  for (;;) {
    const left = await outstanding(reader, handedBack, options.signal);
    if (left.length === 0 || performance.now() >= endMs || options.signal.aborted) return left;
    options.onLeft(left);
    await pauseBetweenTries(options.signal, POLL_MS);
  }
}

/**
 * Which letters that were handed back or given up the group has come past: what became of them is settled then. One that is behind is
 * still under way; of open letters, and of those whose copy nobody wrote down, nothing is said.
 */
export async function settledOf(reader: LogReader, letters: readonly Letter[]): Promise<Settled> {
  const settled = new Map<string, boolean>();
  const closed = letters.filter(({ standing }) => standing.resolution?.retryOffset !== undefined);
  for (const [topic, each] of Map.groupBy(closed, ({ of }) => retryTopic(of.topic, of.group))) {
    const positions = await committed(reader, (each[0] as Letter).of.group, topic);
    for (const letter of each) {
      const position = positions.get(letter.partition) ?? 0;
      settled.set(nameOf(letter), position > (letter.standing.resolution?.retryOffset ?? Infinity));
    }
  }
  return settled;
}

async function outstanding(
  reader: LogReader,
  handedBack: readonly HandedBack[],
  signal: AbortSignal,
): Promise<Outstanding[]> {
  const byTopic = Map.groupBy(handedBack, ({ of }) => retryTopic(of.topic, of.group));
  const left: Outstanding[] = [];
  for (const [topic, records] of byTopic) {
    const { of } = records[0] as HandedBack;
    const positions = await committed(reader, of.group, topic, signal);
    const behind = records.filter(({ retry }) => (positions.get(retry.partition) ?? 0) <= retry.offset);
    if (behind.length > 0)
      left.push({ of, records: behind.length, hasMembers: await hasMembers(reader, of.group, signal) });
  }
  return left;
}

async function committed(
  reader: LogReader,
  groupId: string,
  topic: string,
  signal?: AbortSignal,
): Promise<Map<number, number>> {
  const [offsets] = await reader.ask((admin) => admin.fetchOffsets({ groupId, topics: [topic] }), signal);
  return new Map(
    (offsets?.partitions ?? []).map(({ partition, offset }) => [partition, Math.max(0, Number(offset))]),
  );
}

async function hasMembers(reader: LogReader, groupId: string, signal: AbortSignal): Promise<boolean> {
  const { groups } = await reader.ask((admin) => admin.describeGroups([groupId]), signal);
  return (groups[0]?.members.length ?? 0) > 0;
}
