import type { KafkaMessage } from 'kafkajs';
import { originalOf, parsePosition, type DeadLetter } from './dead-letter.ts';
import { noteStanding, standingKey, type Standing } from './standing.ts';

/** How many dead letters of a kind are open. */
export interface LetterCount {
  readonly reason: string;
  readonly count: number;
}

/**
 * Counts the open dead letters of one group and topic as their log is read. Of each letter it keeps what its standing needs and nothing
 * else, about 300 bytes: texts and stacks stay in the log.
 */
export class LetterCensus {
  readonly #standings = new Map<string, Standing>();
  readonly #letters = new Map<string, DeadLetter>();

  /** Takes the next record of the dead-letter topic; those of a partition in their order. */
  note(record: KafkaMessage): void {
    const standing = noteStanding(this.#standings, record);
    const original = originalOf(record);
    if (standing === undefined || original === undefined) return;
    this.#standings.set(standingKey(original), this.#slim(standing));
  }

  /** Leaves out what has expired: of a partition of the dead-letter topic, all letters before `start`. */
  forgetBefore(partition: number, start: number): void {
    for (const [name, { letterOffset }] of this.#standings) {
      if (letterOffset < start && parsePosition(name)?.partition === partition) this.#standings.delete(name);
    }
  }

  /** The open ones by reason, most first. */
  counts(): LetterCount[] {
    const counts = new Map<string, number>();
    for (const { state, letter } of this.#standings.values()) {
      if (state === 'open') counts.set(letter.reason, (counts.get(letter.reason) ?? 0) + 1);
    }
    return [...counts].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count);
  }

  #slim({ letter, resolution, ...standing }: Standing): Standing {
    let shared = this.#letters.get(letter.reason);
    if (shared === undefined) {
      shared = { ...letter, errorMessage: undefined, errorStack: undefined };
      this.#letters.set(letter.reason, shared);
    }
    const { original } = shared;
    return {
      ...standing,
      letter: shared,
      resolution: resolution && { ...resolution, original, by: '', why: '', at: '', job: undefined },
    };
  }
}
