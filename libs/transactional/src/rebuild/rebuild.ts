import { setTimeout as sleep } from 'node:timers/promises';
import {
  type KafkaSettings,
  type RecordPosition,
  type Subscription,
  deadLetterTopic,
  positionText,
  subscriptionsOf,
  TransientError,
} from '@orderstream/events';
import { GroupLog, handlersOf, type OnRecords } from '@orderstream/events/rebuild';
import type { Connection } from '../database/connection.ts';
import { Database } from '../database/database.ts';
import { rootMessage } from '../database/query-error.ts';
import { applyRecords, type Failure } from './apply-records.ts';
import { coversFromMs } from './coverage.ts';
import { exchangeTable, type TableChange } from './exchange-table.ts';
import { readGroupState, type GroupState } from './group-state.ts';
import type { KafkaMessage } from './kafka-message.ts';
import { LeftOut } from './left-out.ts';
import type { Projection } from './projection.ts';
import { RebuildRefused } from './rebuild-refused.ts';
import { createShadow, dropKept, dropShadow, keptSchema, shadowSchema } from './shadow-schema.ts';

export interface RebuildOptions {
  readonly projection: Projection;
  readonly kafka: KafkaSettings;
  readonly databaseUrl: string;
  /** Build and compare, and change nothing. */
  readonly isDryRun: boolean;
  /** Records that may be missing in what is built, although the group has not given them up. */
  readonly leaveOut: readonly RecordPosition[];
  /** How long the group may be held up while the rows are exchanged. */
  readonly lockSeconds: number;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

export interface RebuildReport {
  readonly exchanged: boolean;
  /** Records of the log that were read. */
  readonly records: number;
  /** RFC 3339. What was accepted before was carried over where the log has no record of it. */
  readonly log_covers_from: string;
  readonly carried_over: number;
  /** Open dead letters: they are missing, as they are in the live tables, until somebody redrives them. */
  readonly open_dead_letters: number;
  readonly left_out: readonly string[];
  readonly tables: readonly TableChange[];
  /** How long the group was held up, ms. */
  readonly held_up_ms: number;
  /** Where the replaced rows are; null when nothing was changed. */
  readonly kept_in: string | null;
}

const CONCURRENCY = 6;
/** An order's record reaches the log within seconds of its id; clocks differ. */
const COVERAGE_MARGIN_MS = 60_000;
/** So far behind the group may be held up for the rest. */
const CLOSE_RECORDS = 2_000;
const READ_REST_MS = 5_000;
const ATTEMPTS = 10;
const BETWEEN_ATTEMPTS_MS = 500;
const PROGRESS_MS = 1_000;
const SHOWN_FAILURES = 10;
const MAX_WAITING = 50_000;
/** A member that was killed counts for 10 s. */
const GROUP_EMPTY_TRIES = 60;
const STATEMENT_TIMEOUT_MS = 600_000;
const LOCK_TIMEOUT = '55P03';

/** One rebuild of one projection, from an empty draft to the exchange. */
export class Rebuild {
  readonly #options: RebuildOptions;
  readonly #projection: Projection;
  readonly #live: Database;
  readonly #shadow: Database;
  readonly #log: GroupLog;
  readonly #subscriptions: ReadonlyMap<string, Subscription>;
  readonly #sources: readonly Subscription[];
  readonly #leftOut = new LeftOut();
  readonly #byHand: { readonly at: RecordPosition; readonly record: KafkaMessage }[] = [];
  readonly #firstMs = new Map<string, number>();
  readonly #starts = new Map<string, number>();
  readonly #failures: Failure[] = [];
  readonly #waived: Set<string>;
  readonly #missing = new Set<string>();
  #records = 0;

  constructor(options: RebuildOptions) {
    const { projection, kafka, databaseUrl: url } = options;
    const { group, service } = projection;
    this.#options = options;
    this.#projection = projection;
    this.#waived = new Set(options.leaveOut.map(positionText));
    const connection = { service: `${service} rebuild`, url, statementTimeoutMs: STATEMENT_TIMEOUT_MS };
    this.#live = new Database({ ...connection, schema: projection.live, poolSize: 1 });
    this.#shadow = new Database({
      ...connection,
      schema: shadowSchema(projection),
      poolSize: CONCURRENCY + 1,
    });
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
      concurrency: CONCURRENCY,
      onRecords: this.#take,
    });
  }

  /** @throws RebuildRefused; whatever it throws, the live tables are as they were, unless the answer to the last COMMIT was lost */
  async run(): Promise<RebuildReport> {
    const { connection, end } = await this.#live.openSession();
    try {
      await this.#requireAlone(connection);
      await createShadow(connection, this.#projection);
      try {
        return await this.#build(connection);
      } finally {
        await this.#log.close();
        await dropShadow(connection, this.#projection).catch(() => undefined);
      }
    } finally {
      await end();
      await Promise.all([this.#live.close(), this.#shadow.close()]);
    }
  }

  async #build(connection: Connection): Promise<RebuildReport> {
    const { signal, progress } = this.#options;
    const bounds = await this.#startReading();
    for (const [name, { start }] of bounds) this.#starts.set(name, start);
    await this.#catchUp(connection, signal);
    const before = this.#coversFromMs();
    progress(`the log covers everything from ${new Date(before).toISOString()} on`);
    const carriedOver = await this.#carryOver(before);
    if (carriedOver > 0) progress(`${carriedOver} rows are older, or partly: carried over`);
    const context = this.#context();
    if (this.#projection.prepare)
      await this.#shadow.transaction((tx) => this.#projection.prepare!(tx, context));
    for (let attempt = 1; ; attempt += 1) {
      await this.#untilClose(connection);
      const exchanged = await this.#tryExchange(connection);
      if (exchanged !== undefined) return this.#report(before, carriedOver, exchanged);
      if (attempt === ATTEMPTS) throw new RebuildRefused(BUSY);
      progress('the live one is busy: once more');
      await sleep(BETWEEN_ATTEMPTS_MS, undefined, { signal });
    }
  }

  /** Reads to where the group stands now. */
  async #catchUp(tx: Connection, signal: AbortSignal): Promise<GroupState> {
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
      if (isLetters) history.set(name, log.end);
      else if (position !== undefined) {
        requireReadable(name, position.next, position.topicId, log, this.#starts.get(name) ?? 0, isSource);
        (isSource ? sources : history).set(name, position.next);
      }
    }
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

  async #apply(
    subscription: Subscription,
    records: readonly { readonly at: RecordPosition; readonly record: KafkaMessage }[],
  ): Promise<void> {
    const own = records
      .filter(({ at, record }) => !this.#leftOut.leaves(at, record))
      .map(({ record }) => record);
    const partition = records[0]?.at.partition ?? 0;
    for (const failure of await applyRecords(this.#shadow, subscription, partition, own)) {
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

  #context() {
    return {
      live: this.#projection.live,
      shadow: shadowSchema(this.#projection),
      kept: keptSchema(this.#projection),
    };
  }

  async #carryOver(beforeMs: number): Promise<number> {
    const { handle } = this.#sources[0] as Subscription;
    const before = new Date(beforeMs + COVERAGE_MARGIN_MS).toISOString();
    return this.#shadow.transaction((tx) =>
      this.#projection.carryOver(tx, { ...this.#context(), before, handle: (events) => handle(events, tx) }),
    );
  }

  #coversFromMs(): number {
    const partitions = [...this.#starts].flatMap(([name, start]) => {
      const isSource = this.#sources.some(({ topic }) => name.startsWith(`${topic}/`));
      return isSource ? [{ start, firstMs: this.#firstMs.get(name) }] : [];
    });
    return coversFromMs(partitions, Date.now());
  }

  async #untilClose(connection: Connection): Promise<void> {
    for (;;) {
      const before = this.#records;
      await this.#catchUp(connection, this.#options.signal);
      if (this.#records - before < CLOSE_RECORDS) break;
    }
    this.#requireNoFailures();
  }

  /**
   * The exchange: holds the group where it stands, reads the little that is missing up to exactly there, and makes the live rows those
   * of the draft. All of it in one transaction, which the group waits for; readers do not.
   * @returns undefined when the group could not be held, or not for as long as it took: nothing was changed then
   */
  async #tryExchange(connection: Connection): Promise<Exchanged | undefined> {
    const { isDryRun, lockSeconds, signal, progress } = this.#options;
    const { ownSchema, tables, finish } = this.#projection;
    await connection.command('BEGIN');
    try {
      await connection.query(`SET LOCAL lock_timeout = '2s'`);
      await connection.query(`SET LOCAL statement_timeout = '${lockSeconds}s'`);
      // Every transaction of a group moves its position: nobody writes to the tables from here on, and nobody is kept from reading.
      await connection.query(`LOCK TABLE ${ownSchema}.consumer_positions IN SHARE ROW EXCLUSIVE MODE`);
      const heldAtMs = performance.now();
      const state = await this.#catchUp(
        connection,
        AbortSignal.any([signal, AbortSignal.timeout(READ_REST_MS)]),
      );
      this.#requireNoFailures();
      if (!this.#standsWhere(state)) return await abandoned(connection);
      progress('caught up: exchanging');
      const context = this.#context();
      await dropKept(connection, this.#projection);
      await connection.query(`CREATE SCHEMA ${context.kept}`);
      const changes: TableChange[] = [];
      for (const table of tables) changes.push(await exchangeTable(connection, table, context));
      await finish?.(connection, context);
      signal.throwIfAborted();
      const command = await connection.command(isDryRun ? 'ROLLBACK' : 'COMMIT');
      if (!isDryRun && command !== 'COMMIT') throw new Error('the exchange was not committed');
      return { changes, heldUpMs: Math.round(performance.now() - heldAtMs) };
    } catch (error) {
      if (connection.isUsable) await abandoned(connection);
      signal.throwIfAborted();
      if (isPassing(error)) return undefined;
      throw error;
    }
  }

  /** The next record of the group is the next one of the draft, in every partition. */
  #standsWhere({ positions }: GroupState): boolean {
    return [...positions].every(([name, { next }]) => {
      const at = name.lastIndexOf('/');
      const topic = name.slice(0, at);
      return !this.#starts.has(name) || this.#log.nextOf(topic, Number(name.slice(at + 1))) === next;
    });
  }

  #requireNoFailures(): void {
    if (this.#failures.length > 0) throw new RebuildRefused(cannotHandle(this.#failures));
  }

  async #requireAlone(connection: Connection): Promise<void> {
    const { live, service } = this.#projection;
    const { rows } = await connection.query<{ locked: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
      [`orderstream.rebuild:${live}`],
    );
    if (rows[0]?.locked) return;
    throw new RebuildRefused(
      `${service} is being rebuilt already, by another process. Wait for it, or stop it.`,
    );
  }

  async #startReading(): Promise<Awaited<ReturnType<GroupLog['start']>>> {
    const { kafka } = this.#options;
    await this.#log.bounds().catch((error: unknown) => {
      throw new RebuildRefused(
        `Kafka at ${kafka.brokers.join(',')} did not answer, or lacks a topic: ${rootMessage(error)}. Nothing was changed.`,
        { cause: error },
      );
    });
    await this.#untilGroupIsFree();
    return this.#log.start();
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
      await sleep(BETWEEN_ATTEMPTS_MS, undefined, { signal: this.#options.signal });
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

  #report(coversMs: number, carriedOver: number, { changes, heldUpMs }: Exchanged): RebuildReport {
    const { isDryRun } = this.#options;
    return {
      exchanged: !isDryRun,
      records: this.#records,
      log_covers_from: new Date(coversMs).toISOString(),
      carried_over: carriedOver,
      open_dead_letters: this.#leftOut.openCount,
      left_out: [...this.#missing],
      tables: changes,
      held_up_ms: heldUpMs,
      kept_in: isDryRun ? null : keptSchema(this.#projection),
    };
  }
}

interface Exchanged {
  readonly changes: readonly TableChange[];
  readonly heldUpMs: number;
}

const BUSY =
  'The live tables could not be held for the exchange: a long transaction, or a group that stands elsewhere than it did (was it set back?). Nothing was changed; try again.';

function requireReadable(
  name: string,
  next: number,
  topicId: string | undefined,
  log: { readonly start: number; readonly end: number; readonly topicId?: string | undefined },
  readFrom: number,
  isSource: boolean,
): void {
  const isOther = topicId !== undefined && log.topicId !== undefined && topicId !== log.topicId;
  if (isOther || next > log.end) {
    throw new RebuildRefused(
      `${name} is not the log that the group has read: its position ${next} is of a topic that was deleted and created anew. Settle that first; the service says how.`,
    );
  }
  if (isSource && next < readFrom) {
    throw new RebuildRefused(
      `The group stands at ${next} of ${name}, and the log begins at ${readFrom}: retention has overtaken it. Settle that first; the service says how.`,
    );
  }
}

function cannotHandle(failures: readonly Failure[]): string {
  const shown = failures.slice(0, SHOWN_FAILURES).map(({ at, why }) => `  ${positionText(at)}  ${why}`);
  return [
    `${failures.length} records cannot be handled now, and nobody has given them up: what was built from the log would lack them. Nothing was changed.`,
    ...shown,
    ...(failures.length > SHOWN_FAILURES ? [`  … and ${failures.length - SHOWN_FAILURES} more`] : []),
    'Mend the handler; or, where the group never handled them either, name each one: --leave-out <topic/partition/offset>.',
  ].join('\n');
}

function tooManyOpen(count: number): string {
  return `${count} dead letters are open: redrive or discard them first (\`orderstream dlq list\`).`;
}

async function abandoned(connection: Connection): Promise<undefined> {
  await connection.command('ROLLBACK');
  return undefined;
}

/** A lock that somebody holds, or a log that could not be read fast enough. */
function isPassing(error: unknown): boolean {
  if ((error as { name?: unknown }).name === 'TimeoutError') return true;
  const { code } = (error instanceof TransientError ? error.cause : error) as { code?: unknown };
  return code === LOCK_TIMEOUT;
}
