import {
  noteStanding,
  positionText,
  readRedriven,
  standingKey,
  type RecordPosition,
  type Standing,
} from '@orderstream/events';
import type { KafkaMessage } from './kafka-message.ts';

/**
 * What the group has not handled: its open dead letters, which come by a redrive, and those that an operator discarded. What was
 * redriven and handled is not among them: a rebuild handles it where it stands in the log.
 */
export class LeftOut {
  readonly #standings = new Map<string, Standing>();
  readonly #lastCopies = new Map<string, { readonly isDiscarded: boolean }>();
  readonly #waiting = new Map<string, { readonly at: RecordPosition; readonly record: KafkaMessage }>();
  #open: ReadonlySet<string> = new Set();

  /** A record of the group's dead-letter topic. */
  noteLetter(record: KafkaMessage): void {
    const standing = noteStanding(this.#standings, record);
    // There may be as many as records, and what went wrong is nobody's question here.
    const letter = standing && { ...standing.letter, errorMessage: undefined, errorStack: undefined };
    if (letter) this.#standings.set(standingKey(letter.original), { ...standing, letter });
  }

  /** A record of the group's retry topic. @returns false for one that no dead letter became: an ordinary record of the group */
  noteCopy(record: KafkaMessage, group: string, sourceTopic: string): boolean {
    const redriven = readRedriven(record, group, sourceTopic);
    if (redriven === undefined) return false;
    this.#lastCopies.set(standingKey(redriven.original), { isDiscarded: redriven.isDiscarded });
    return true;
  }

  /** The positions that are open now, as the group's own rows say. */
  setOpen(open: readonly RecordPosition[]): void {
    this.#open = new Set(open.map(positionText));
  }

  /** Whether the record is not to be handled now. One that is open is kept until it is settled. */
  leaves(at: RecordPosition, record: KafkaMessage): boolean {
    const name = positionText(at);
    if (this.#open.has(name)) this.#waiting.set(name, { at, record: apart(record) });
    return this.#open.has(name) || this.#isDiscarded(name);
  }

  /** Whether the log says that the group never handled it, although no row of the group does. */
  isOpenInLog(at: RecordPosition): boolean {
    return this.#standings.get(positionText(at))?.state === 'open';
  }

  /** Takes out what was open when it was read and has been handled since. */
  takeSettled(): { readonly at: RecordPosition; readonly record: KafkaMessage }[] {
    const settled = [...this.#waiting].filter(([name]) => !this.#open.has(name));
    for (const [name] of settled) this.#waiting.delete(name);
    return settled.filter(([name]) => !this.#isDiscarded(name)).map(([, each]) => each);
  }

  get openCount(): number {
    return this.#waiting.size;
  }

  /** The resolution may be missing when whoever wrote it died before: then the copy on the retry topic says it. */
  #isDiscarded(name: string): boolean {
    const standing = this.#standings.get(name);
    if (standing?.state === 'discarded') return true;
    return standing?.state !== 'redriven' && (this.#lastCopies.get(name)?.isDiscarded ?? false);
  }
}

/** The record on memory of its own: as it was read, a few bytes of it hold the whole answer of the broker, 2 MiB. */
function apart({ key, value, ...rest }: KafkaMessage): KafkaMessage {
  return { ...rest, key: key && Buffer.from(key), value: value && Buffer.from(value) };
}
