import { REBALANCE_TIMEOUT_MS, SESSION_TIMEOUT_MS } from './new-consumer.ts';

/** Without a sign of life for so long, and without work in hand, a joined member is taken for dead; the group has given it up by then. */
const SILENCE_MS = SESSION_TIMEOUT_MS;
/** A join waits for the slowest member of the group. kafkajs gives up on it 5 s after the rebalance timeout. */
const JOIN_SILENCE_MS = REBALANCE_TIMEOUT_MS + 15_000;

/** Whether a member is in its group, when it was last heard, and whether it is still to be counted on. */
export class SignsOfLife {
  #batchesInWork = 0;
  #isJoined = false;
  #joinedAtMs: number | undefined;
  #lastTurnAtMs = Date.now();

  /** False while it joins, and once it is of no more use. */
  get isJoined(): boolean {
    return this.#isJoined;
  }

  /** Unix ms of the first join. */
  get joinedAtMs(): number | undefined {
    return this.#joinedAtMs;
  }

  /** Unix ms of the last sign of life: fetch, heartbeat, join, end of a batch. */
  get lastTurnAtMs(): number {
    return this.#lastTurnAtMs;
  }

  /** True while a batch is being worked on: the loop is busy, not dead. */
  get isWorking(): boolean {
    return this.#batchesInWork > 0;
  }

  /** True when nothing has been heard for longer than a living member can be silent. A handler that takes long is not silence. */
  isSilent(nowMs: number): boolean {
    if (this.isWorking) return false;
    return nowMs - this.#lastTurnAtMs > (this.#isJoined ? SILENCE_MS : JOIN_SILENCE_MS);
  }

  /** Something came back. */
  turns(): void {
    this.#lastTurnAtMs = Date.now();
  }

  /** It asks to join, for the first time or again. An answer may take as long as the slowest member of the group does. */
  joinBegins(): void {
    this.#isJoined = false;
    this.turns();
  }

  /** The group has given it partitions. */
  joinEnds(): void {
    this.turns();
    this.#isJoined = true;
    this.#joinedAtMs ??= this.#lastTurnAtMs;
  }

  /** It is of no more use. */
  over(): void {
    this.#isJoined = false;
  }

  workBegins(): void {
    this.#batchesInWork += 1;
  }

  workEnds(): void {
    this.#batchesInWork -= 1;
    this.turns();
  }
}
