import { setTimeout as sleep } from 'node:timers/promises';
import {
  deadLetterTopic,
  positionText,
  subscriptionsOf,
  type KafkaSettings,
  type RecordPosition,
  type Subscription,
} from '@orderstream/events';
import { GroupLog, handlersOf, type OnRecords } from '@orderstream/events/rebuild';
import type { Database } from '../database/database.ts';
import { rootMessage } from '../database/query-error.ts';
import type { Queryable, Transaction } from '../database/transaction.ts';
import { applyRecords, type Failure } from './apply-records.ts';
import { coversFromMs } from './coverage.ts';
import { readGroupState, type GroupState } from './group-state.ts';
import type { KafkaMessage } from './kafka-message.ts';
import { LeftOut } from './left-out.ts';
import type { Projection } from './projection.ts';
import { RebuildRefused } from './rebuild-refused.ts';
import { cannotHandle, requireCaughtUp, requireReadable, tooManyOpen } from './refusals.ts';
import { shadowSchema } from './shadow-schema.ts';

export interface DraftOptions {
  readonly projection: Projection;
  readonly kafka: KafkaSettings;
  /** Its search_path begins with the shadow's schema. */
  readonly shadow: Database;
  /** Records that may be missing in what is built, although the group has not given them up. */
  readonly leaveOut: readonly RecordPosition[];
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

interface Positioned {
  readonly at: RecordPosition;
  readonly record: KafkaMessage;
}

const PROGRESS_MS = 1_000;
const MAX_WAITING = 50_000;
/** A member that was killed counts for 10 s. */
const GROUP_EMPTY_TRIES = 60;
const BETWEEN_TRIES_MS = 500;

/** The tables that are being built: what the group has handled of the log, up to where the group stands and no further. */
export class Draft {
  readonly #options: DraftOptions;
  readonly #projection: Projection;
  readonly #log: GroupLog;
  readonly #subscriptions: ReadonlyMap<string, Subscription>;
  readonly #sources: readonly Subscription[];
  readonly #leftOut = new LeftOut();
  readonly #byHand: Positioned[] = [];
  readonly #firstMs = new Map<string, number>();
  readonly #starts = new Map<string, number>();
  readonly #failures: Failure[] = [];
  readonly #waived: ReadonlySet<string>;
  readonly #missing = new Set<string>();
  #records = 0;

  constructor(options: DraftOptions) {
    const { projection, kafka, concurrency, leaveOut } = options;
    const { group } = projection;
    this.#options = options;
    this.#projection = projection;
    this.#waived = new Set(leaveOut.map(positionText));
    const handlers = handlersOf(group, projection.handler(shadowSchema(projection)));
    const subscriptions = subscriptionsOf(group, handlers);
    this.#subscriptions = new Map(subscriptions.map((each) => [each.topic, each]));
    this.#sources = subscriptions.filter(({ topic, source }) => topic === source.name);
    this.#log = new GroupLog({
      kafka,
      groupId: `${group}.rebuild`,
      topics: [
        ...this.#subscriptions.keys(),
        ...this.#sources.map(({ topic }) => deadLetterTopic(topic, group)),
      ],
      concurrency,
      onRecords: this.#take,
    });
  }

  /** Records of the log that were read. */
  get records(): number {
    return this.#records;
  }

  /** Open dead letters, which it leaves out. */
  get openCount(): number {
    return this.#leftOut.openCount;
  }

  /** What it lacks beside those. */
  get missing(): readonly string[] {
    return [...this.#missing];
  }

  /** The handler, on the draft's tables. */
  handleIn(tx: Transaction): Subscription['handle'] {
    const { handle } = this.#sources[0] as Subscription;
    return (events) => handle(events, tx);
  }

  async close(): Promise<void> {
    await this.#log.close();
  }

  /** Reads to where the group stands now. */
  async catchUp(tx: Queryable, signal: AbortSignal): Promise<GroupState> {
    const state = await readGroupState(tx, this.#projection);
    const bounds = await this.#log.bounds();
    const { group } = this.#projection;
    const history = new Map<string, number>();
    const sources = new Map<string, number>();
    for (const [name, log] of bounds) {
      const topic = name.slice(0, name.lastIndexOf('/'));
      const isSource = this.#sources.some((source) => source.topic === topic);
      const isLetters = this.#sources.some((source) => deadLetterTopic(source.topic, group) === topic);
      const position = state.positions.get(name);
      if (isSource) requireCaughtUp(name, position?.next, log);
      if (isLetters) history.set(name, log.end);
      else if (position !== undefined) {
        requireReadable(name, position.next, position.topicId, log, this.#starts.get(name) ?? 0, isSource);
        (isSource ? sources : history).set(name, position.next);
      }
    }
    if (state.open.length > MAX_WAITING) throw new RebuildRefused(tooManyOpen(state.open.length));
    this.#leftOut.setOpen(state.open);
    await this.#log.readTo(history, signal);
    await this.#reading(sources, () => this.#log.readTo(sources, signal));
    await this.#applyLate();
    if (this.#leftOut.openCount > MAX_WAITING) throw new RebuildRefused(tooManyOpen(this.#leftOut.openCount));
    return state;
  }

  readonly #take: OnRecords = async (topic, partition, records) => {
    const subscription = this.#subscriptions.get(topic);
    if (subscription === undefined) return records.forEach((record) => this.#leftOut.noteLetter(record));
    const positioned = records.map((record) => ({
      at: { topic, partition, offset: Number(record.offset) },
      record,
    }));
    if (topic !== subscription.source.name) {
      const { group } = this.#projection;
      this.#byHand.push(
        ...positioned.filter(
          ({ record }) => !this.#leftOut.noteCopy(record, group, subscription.source.name),
        ),
      );
      return;
    }
    const name = `${topic}/${partition}`;
    if (!this.#firstMs.has(name)) {
      this.#firstMs.set(name, Math.max(...records.map(({ timestamp }) => Number(timestamp))));
    }
    await this.#apply(subscription, positioned);
    this.#records += records.length;
  };

  async #apply(subscription: Subscription, records: readonly Positioned[]): Promise<void> {
    const own = records
      .filter(({ at, record }) => !this.#leftOut.leaves(at, record))
      .map(({ record }) => record);
    const partition = records[0]?.at.partition ?? 0;
    for (const failure of await applyRecords(this.#options.shadow, subscription, partition, own)) {
      const name = positionText(failure.at);
      if (this.#waived.has(name) || this.#leftOut.isOpenInLog(failure.at)) this.#missing.add(name);
      else this.#failures.push(failure);
    }
  }

  /** What has been settled since it was left out, and what somebody put on a retry topic by hand. */
  async #applyLate(): Promise<void> {
    for (const each of [...this.#leftOut.takeSettled(), ...this.#byHand.splice(0)]) {
      const subscription = this.#subscriptions.get(each.at.topic);
      if (subscription !== undefined) await this.#apply(subscription, [each]);
    }
  }

  /** From when on the log tells everything, Unix ms. */
  coversFromMs(): number {
    const partitions = [...this.#starts].flatMap(([name, start]) => {
      const isSource = this.#sources.some(({ topic }) => name.startsWith(`${topic}/`));
      return isSource ? [{ start, firstMs: this.#firstMs.get(name) }] : [];
    });
    return coversFromMs(partitions, Date.now());
  }

  /** The next record of the group is the next one of the draft, in every partition. */
  standsWhere({ positions }: GroupState): boolean {
    return [...positions].every(([name, { next }]) => {
      const at = name.lastIndexOf('/');
      const topic = name.slice(0, at);
      return !this.#starts.has(name) || this.#log.nextOf(topic, Number(name.slice(at + 1))) === next;
    });
  }

  /** @throws RebuildRefused when the draft lacks what the live tables may have */
  requireNoFailures(): void {
    if (this.#failures.length > 0) throw new RebuildRefused(cannotHandle(this.#failures));
  }

  /** Stands at the beginning of the log. */
  async start(): Promise<void> {
    const { kafka } = this.#options;
    await this.#log.bounds().catch((error: unknown) => {
      throw new RebuildRefused(
        `Kafka at ${kafka.brokers.join(',')} did not answer, or lacks a topic: ${rootMessage(error)}. Nothing was changed.`,
        { cause: error },
      );
    });
    await this.#untilGroupIsFree();
    for (const [name, { start }] of await this.#log.start()) this.#starts.set(name, start);
  }

  async #untilGroupIsFree(): Promise<void> {
    for (let tries = 0; (await this.#log.members()) > 0; tries += 1) {
      const group = `${this.#projection.group}.rebuild`;
      if (tries === GROUP_EMPTY_TRIES) {
        throw new RebuildRefused(
          `The group ${group} has members: somebody rebuilds from this Kafka into another database.`,
        );
      }
      if (tries === 0) this.#options.progress(`waiting until a former member of ${group} is gone`);
      await sleep(BETWEEN_TRIES_MS, undefined, { signal: this.#options.signal });
    }
  }

  /** Says how far it has come, once a second. */
  async #reading(targets: ReadonlyMap<string, number>, read: () => Promise<void>): Promise<void> {
    const total = [...targets].reduce(
      (sum, [name, to]) => sum + Math.max(0, to - (this.#starts.get(name) ?? 0)),
      0,
    );
    const timer = setInterval(() => {
      this.#options.progress(
        `${this.#records} of ${total} records, ${Math.floor((100 * this.#records) / total)} %`,
      );
    }, PROGRESS_MS);
    try {
      await read();
    } finally {
      clearInterval(timer);
    }
  }
}
