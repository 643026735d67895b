import {
  offsetOf,
  recordKeyOf,
  type ReceivedEvent,
  type RecordPosition,
  type Run,
} from '@orderstream/events';
import type { Queryable } from '../database/transaction.ts';
import { oldestOpen, type GroupPartition } from './open-letters.ts';

/** The events that must wait for an earlier record of their key, and for which: the oldest one that is open. */
export async function heldUp(
  tx: Queryable,
  run: Run,
  events: readonly ReceivedEvent[],
): Promise<Map<ReceivedEvent, RecordPosition>> {
  const behind = new Map<ReceivedEvent, RecordPosition>();
  const keyed = [...Map.groupBy(events, keyText)].filter(([key]) => key !== undefined);
  if (keyed.length === 0) return behind;
  const keys = keyed.map(([, [first]]) => recordKeyOf(first as ReceivedEvent) as Buffer);
  const { group, topic, partition, sourceTopic } = run;
  const [own, elsewhere] = await Promise.all([
    oldestOpen(tx, { group, topic, partition }, keys),
    sourceTopic === undefined ? undefined : oldestOpen(tx, { group, topic: sourceTopic, partition }, keys),
  ]);
  keyed.forEach(([, ofKey], index) => {
    const there = elsewhere?.[index];
    const here = own[index] ?? Infinity;
    for (const event of ofKey) {
      if (there !== undefined) behind.set(event, { topic: sourceTopic as string, partition, offset: there });
      else if (here < offsetOf(event)) behind.set(event, { topic, partition, offset: here });
    }
  });
  return behind;
}

/** As `heldUp`, for one record that was handed back and was first found at `original`. */
export async function heldUpAgain(
  tx: Queryable,
  group: string,
  original: RecordPosition,
  key: Buffer,
  sourceTopic: string,
): Promise<RecordPosition | undefined> {
  const { topic, partition } = original;
  const oldestIn = async (at: GroupPartition): Promise<number | undefined> =>
    (await oldestOpen(tx, at, [key]))[0];
  const [own, elsewhere] = await Promise.all([
    oldestIn({ group, topic, partition }),
    topic === sourceTopic ? undefined : oldestIn({ group, topic: sourceTopic, partition }),
  ]);
  if (elsewhere !== undefined) return { topic: sourceTopic, partition, offset: elsewhere };
  return own !== undefined && own < original.offset ? { topic, partition, offset: own } : undefined;
}

/** A text for each distinct key; its bytes are kept apart even where they are no text. */
function keyText(event: ReceivedEvent): string | undefined {
  return recordKeyOf(event)?.toString('latin1');
}
