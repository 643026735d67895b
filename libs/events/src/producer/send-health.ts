import type { LogSink } from '../kafka/log.ts';
import { isBeyondTheConnection } from './send-failure.ts';

/** A partition; or a topic whose partitions cannot be asked for. */
export interface Destination {
  readonly topic: string;
  readonly partition?: number;
}

/** Longer than anybody who has something to send waits between two attempts. */
const ANSWER_HOLDS_MS = 30_000;

/**
 * What an operator is told of a producer's sends: one line when nothing works any more, and one for each partition that does not work while
 * others do; one each when that is over. Failures that pass at the next attempt, as while a leader moves, are not worth a line.
 */
export class SendHealth {
  readonly #log: LogSink;
  #acknowledgements = 0;
  /** Those whose last attempt failed, by how many acknowledgements there were then. */
  readonly #suspects = new Map<string, number>();
  /** Those that fail while others work, since when, Unix ms. */
  readonly #apart = new Map<string, number>();
  /** When a broker answered last that it does not take something, Unix ms; undefined where it could not be asked since. */
  #answeredAtMs: number | undefined;
  /** Since when nothing has worked, Unix ms; undefined while anything does. */
  failingSinceMs: number | undefined;
  lastAckAtMs: number | undefined;

  constructor(log: LogSink) {
    this.#log = log;
  }

  /** Kafka could not be reached. */
  away(error: unknown): void {
    this.#answeredAtMs = undefined;
    this.#nothingWorks({ reason: reasonOf(error) });
  }

  /** It could be reached, and nobody has sent anything since it failed. Where it was an answer that failed, that alone says nothing for a while. */
  reached(): void {
    if (Date.now() - (this.#answeredAtMs ?? -Infinity) > ANSWER_HOLDS_MS) this.#isBack();
  }

  #isBack(): void {
    if (this.failingSinceMs === undefined) return;
    const failedForMs = Date.now() - this.failingSinceMs;
    this.failingSinceMs = undefined;
    this.#log({ level: 'info', message: 'Kafka takes records again', detail: { failedForMs } });
  }

  failed(at: Destination, error: unknown): void {
    const isAnswer = isBeyondTheConnection(error);
    this.#answeredAtMs = isAnswer ? Date.now() : undefined;
    const name = nameOf(at);
    if (this.#apart.has(name)) return;
    const before = this.#suspects.get(name);
    this.#suspects.set(name, this.#acknowledgements);
    const detail = { ...at, reason: reasonOf(error) };
    // What a broker answers may be about this partition alone: the next attempt shows whether others work meanwhile.
    if (before === undefined && isAnswer) return;
    const doOthersWork = before !== undefined && before < this.#acknowledgements;
    if (!doOthersWork || this.failingSinceMs !== undefined) return this.#nothingWorks(detail);
    this.#apart.set(name, Date.now());
    this.#log({ level: 'warn', message: 'some records cannot be sent, others can; trying again', detail });
  }

  acknowledged(at: Destination): void {
    this.#acknowledgements += 1;
    this.lastAckAtMs = Date.now();
    this.#isBack();
    this.#works(at);
    this.#works({ topic: at.topic });
  }

  #nothingWorks(detail: Readonly<Record<string, unknown>>): void {
    if (this.failingSinceMs !== undefined) return;
    this.failingSinceMs = Date.now();
    this.#log({ level: 'warn', message: 'records cannot be sent, trying again', detail });
  }

  #works(at: Destination): void {
    const name = nameOf(at);
    this.#suspects.delete(name);
    const sinceMs = this.#apart.get(name);
    if (sinceMs === undefined) return;
    this.#apart.delete(name);
    const detail = { ...at, failedForMs: Date.now() - sinceMs };
    this.#log({ level: 'info', message: 'Kafka takes these records again', detail });
  }
}

function nameOf({ topic, partition }: Destination): string {
  return partition === undefined ? topic : `${topic}/${partition}`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
