import type { KafkaMessage } from 'kafkajs';
import type { RecordPosition } from '../producer/lane.ts';
import type { DeadLetter } from './dead-letter.ts';
import { LetterRows, type LetterRow } from './letter-rows.ts';
import type { Resolution } from './resolution.ts';
import { endsDeath, readStep } from './standing.ts';

/** How many dead letters of a kind are open. */
export interface LetterCount {
  readonly reason: string;
  readonly count: number;
}

interface Place {
  readonly partition: number;
  readonly rows: LetterRows;
}

/** More than there ever are; what strangers write into their headers beyond that is counted together. */
const MAX_REASONS = 1_000;
const OTHER_REASON = 'other';
const CLOSED = 0;
/** A row's tag is the redrive count times this, plus the number of the reason for which it is open, or `CLOSED`. */
const TAG_UNIT = 1_024;
/** So that a tag stays a safe integer. Ten is the limit. */
const MAX_REDRIVES = 1e12;

/**
 * Counts the open dead letters of one group and topic as their log is read, by the rules of `standing.ts`. Of each letter that is open it
 * keeps 24 bytes, of closed ones the redrive count where there is one: texts and stacks stay in the log.
 */
export class LetterCensus {
  readonly #places = new Map<string, Place>();
  readonly #reasons: string[] = [''];
  readonly #numbers = new Map<string, number>();
  /** How many are open, by the reason's number. */
  readonly #open: number[] = [0];

  /** Takes the next record of the dead-letter topic; those of a partition in their order. */
  note(record: KafkaMessage): void {
    const step = readStep(record);
    if (step === undefined) return;
    const { offset } = step.original;
    const { rows } = this.#placeOf(step.original);
    const before = rows.get(offset);
    const after = 'reason' in step ? this.#died(before, step, Number(record.offset)) : resolved(before, step);
    this.#count(before, -1);
    this.#count(after, 1);
    if (after === undefined) rows.delete(offset);
    else rows.set(offset, after);
  }

  /** Leaves out what has expired: of a partition of the dead-letter topic, all letters before `start`. */
  forgetBefore(partition: number, start: number): void {
    for (const place of this.#places.values()) {
      if (place.partition !== partition) continue;
      const { rows } = place;
      for (const offset of rows.offsetsWhere(({ letterOffset }) => letterOffset < start)) {
        this.#count(rows.get(offset), -1);
        rows.delete(offset);
      }
    }
  }

  /** The open ones by reason, most first. */
  counts(): LetterCount[] {
    return this.#open
      .map((count, number) => ({ reason: this.#reasons[number] as string, count }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count);
  }

  #died(before: LetterRow | undefined, letter: DeadLetter, letterOffset: number): LetterRow {
    const redrives = Math.min(MAX_REDRIVES, Math.max(redrivesOf(before), letter.redriveCount));
    return { letterOffset, tag: redrives * TAG_UNIT + this.#numberOf(letter.reason) };
  }

  #count(row: LetterRow | undefined, by: 1 | -1): void {
    const number = row === undefined ? CLOSED : row.tag % TAG_UNIT;
    if (number !== CLOSED) this.#open[number] = (this.#open[number] ?? 0) + by;
  }

  #numberOf(reason: string): number {
    const known = this.#numbers.get(reason);
    if (known !== undefined) return known;
    if (this.#reasons.length > MAX_REASONS && reason !== OTHER_REASON) return this.#numberOf(OTHER_REASON);
    this.#numbers.set(reason, this.#reasons.length);
    return this.#reasons.push(reason) - 1;
  }

  #placeOf({ topic, partition }: RecordPosition): Place {
    const name = `${topic}/${partition}`;
    let place = this.#places.get(name);
    if (place === undefined) this.#places.set(name, (place = { partition, rows: new LetterRows() }));
    return place;
  }
}

/** What was never handed back need not be remembered once it is closed: if it dies again, it is as if for the first time. */
function resolved(before: LetterRow | undefined, resolution: Resolution): LetterRow | undefined {
  const redrives = redrivesOf(before);
  if (before === undefined || !endsDeath(resolution, redrives)) return before;
  return redrives === 0 ? undefined : { ...before, tag: redrives * TAG_UNIT + CLOSED };
}

function redrivesOf(row: LetterRow | undefined): number {
  return row === undefined ? 0 : Math.floor(row.tag / TAG_UNIT);
}
