import {
  deadLetterTopic,
  noteStanding,
  originalOf,
  parseResolution,
  standingKey,
  type Standing,
} from '@orderstream/events';
import type { LogReader } from '../log/log-reader.ts';
import { eventTypeOf, kafkaMessageOf, type LogRecord } from '../log/log-record.ts';
import { textWithoutContacts } from '../log/masked.ts';
import type { GroupTopic, Letter } from './letter.ts';

interface Shelf {
  readonly of: GroupTopic;
  readonly standings: Map<string, Standing>;
  readonly letters: Map<string, Letter>;
  /** Where the next reading begins. */
  readonly next: Map<number, number>;
}

/**
 * The dead letters of some groups and topics, derived from the log. Values and stacks are not kept, so that a hundred thousand letters fit
 * into memory; `recordsOf` reads those of a few again.
 */
export class LetterLog {
  readonly #reader: LogReader;
  readonly #shelves: readonly Shelf[];

  constructor(reader: LogReader, groupTopics: readonly GroupTopic[]) {
    this.#reader = reader;
    this.#shelves = groupTopics.map((of) => ({
      of,
      standings: new Map(),
      letters: new Map(),
      next: new Map(),
    }));
  }

  /** Reads on to where the dead-letter topics end now. @throws OperationRefused */
  async refresh(signal?: AbortSignal): Promise<void> {
    for (const shelf of this.#shelves) await this.#read(shelf, signal);
  }

  /** All of them, whatever became of them. */
  letters(): Letter[] {
    return this.#shelves.flatMap(({ letters }) => [...letters.values()]);
  }

  /** How a letter stands by now. */
  find({ id, of }: Pick<Letter, 'id' | 'of'>): Letter | undefined {
    return this.#shelves.find((shelf) => isSame(shelf.of, of))?.letters.get(id);
  }

  /** The newest dead letters themselves, by letter id; all of one group and topic. */
  async recordsOf(letters: readonly Letter[], signal?: AbortSignal): Promise<Map<string, LogRecord>> {
    const [first] = letters;
    if (first === undefined) return new Map();
    const ids = new Map(
      letters.map((letter) => [place(letter.partition, letter.standing.letterOffset), letter.id]),
    );
    const found = new Map<string, LogRecord>();
    const records = this.#reader.records({
      topic: deadLetterTopic(first.of.topic, first.of.group),
      from: edges(letters, Math.min),
      to: new Map([...edges(letters, Math.max)].map(([partition, offset]) => [partition, offset + 1])),
      signal,
    });
    for await (const record of records) {
      const id = ids.get(place(record.partition, record.offset));
      if (id !== undefined) found.set(id, record);
    }
    return found;
  }

  /** Every dead letter and resolution of one record, oldest first. */
  async historyOf(letter: Letter): Promise<LogRecord[]> {
    const topic = deadLetterTopic(letter.of.topic, letter.of.group);
    const { high } = (await this.#reader.bounds(topic)).get(letter.partition) ?? { high: 0 };
    const history: LogRecord[] = [];
    const records = this.#reader.records({
      topic,
      from: new Map([[letter.partition, letter.standing.firstLetterOffset]]),
      to: new Map([[letter.partition, high]]),
    });
    for await (const record of records) {
      const original = originalOf(record);
      if (original !== undefined && standingKey(original) === letter.id) history.push(record);
    }
    return history;
  }

  async #read(shelf: Shelf, signal?: AbortSignal): Promise<void> {
    const topic = deadLetterTopic(shelf.of.topic, shelf.of.group);
    const bounds = await this.#reader.bounds(topic);
    const from = new Map(
      [...bounds].map(([partition, { low }]) => [partition, shelf.next.get(partition) ?? low]),
    );
    const to = new Map([...bounds].map(([partition, { high }]) => [partition, high]));
    for await (const record of this.#reader.records({ topic, from, to, signal })) note(shelf, record);
    if (signal?.aborted) return;
    for (const [partition, high] of to) shelf.next.set(partition, high);
  }
}

function note({ of, standings, letters }: Shelf, record: LogRecord): void {
  const { 'dlq-error-stack': _stack, ...headers } = record.headers;
  // A driver's message may quote an address, and so may a person's reason.
  for (const name of ['dlq-error-message', 'dlq-resolved-why']) {
    const text = headers[name]?.toString();
    if (text !== undefined) headers[name] = Buffer.from(textWithoutContacts(text));
  }
  const standing = noteStanding(standings, kafkaMessageOf({ ...record, headers, value: null }));
  if (standing === undefined) return;
  const id = standingKey(standing.letter.original);
  const before = letters.get(id);
  if (parseResolution(record) !== undefined) {
    if (before !== undefined) letters.set(id, { ...before, standing });
    return;
  }
  const diedAtMs = Date.parse(standing.letter.failedAt ?? '');
  letters.set(id, {
    id,
    of,
    standing,
    partition: record.partition,
    eventType: eventTypeOf(record),
    key: record.key?.toString() ?? null,
    diedAtMs: Number.isNaN(diedAtMs) ? record.timestampMs : diedAtMs,
  });
}

function edges(letters: readonly Letter[], choose: (a: number, b: number) => number): Map<number, number> {
  const edge = new Map<number, number>();
  for (const { partition, standing } of letters) {
    edge.set(partition, choose(edge.get(partition) ?? standing.letterOffset, standing.letterOffset));
  }
  return edge;
}

function place(partition: number, offset: number): string {
  return `${partition}/${offset}`;
}

function isSame(a: GroupTopic, b: GroupTopic): boolean {
  return a.group === b.group && a.topic === b.topic;
}
