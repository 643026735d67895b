import { setTimeout as sleep } from 'node:timers/promises';
import { TransientError, type KafkaSettings, type RecordPosition } from '@orderstream/events';
import type { Connection } from '../database/connection.ts';
import { Database } from '../database/database.ts';
import { cancellable } from './cancellable.ts';
import { countInSnapshot } from './count-in-snapshot.ts';
import { compareAgain, compareAhead, type ComparedBefore } from './differing-rows.ts';
import { Draft } from './draft.ts';
import { exchangeTable, type TableChange } from './exchange-table.ts';
import type { Compared, Exchanged } from './exchanged.ts';
import { holdGroup, READ_REST_MS } from './hold-group.ts';
import type { Projection, ProjectionTable } from './projection.ts';
import { RebuildRefused } from './rebuild-refused.ts';
import { answerLost, BUSY, tookTooLong } from './refusals.ts';
import { requireAlone } from './require-alone.ts';
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
const ATTEMPTS = 10;
/** So often a dry run hopes for a moment in which no record comes, before it holds the group for one. */
const UNHELD_TRIES = 5;
/** While the lock is waited for, for up to 2 s, the group waits behind it: it has as long again to work. */
const BETWEEN_ATTEMPTS_MS = 2_000;
/** Comparing and carrying over take as long as the tables are large; whoever waits for them is not to be told that the database is away. */
const STATEMENT_TIMEOUT_MS = 6 * 3_600_000;
const LOCK_TIMEOUT = '55P03';
const STATEMENT_TIMEOUT = '57014';

/** One rebuild of one projection, from an empty draft to the exchange. */
export class Rebuild {
  readonly #options: RebuildOptions;
  readonly #projection: Projection;
  readonly #live: Database;
  readonly #shadow: Database;
  readonly #draft: Draft;

  constructor(options: RebuildOptions) {
    const { projection, databaseUrl: url } = options;
    this.#options = options;
    this.#projection = projection;
    const connection = {
      service: `${projection.service} rebuild`,
      url,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    };
    this.#live = new Database({ ...connection, schema: projection.live, poolSize: 1 });
    this.#shadow = new Database({
      ...connection,
      schema: shadowSchema(projection),
      poolSize: CONCURRENCY + 1,
    });
    this.#draft = new Draft({ ...options, shadow: this.#shadow, concurrency: CONCURRENCY });
  }

  /** @throws RebuildRefused; whatever it throws, the live tables are as they were, unless the answer to the last COMMIT was lost */
  async run(): Promise<RebuildReport> {
    const { connection, end } = await this.#live.openSession();
    try {
      await requireAlone(connection, this.#projection);
      await createShadow(connection, this.#projection);
      try {
        return await this.#build(connection);
      } finally {
        await this.#draft.close();
        await dropShadow(connection, this.#projection).catch(() => undefined);
      }
    } finally {
      await end();
      await Promise.all([this.#live.close(), this.#shadow.close()]);
    }
  }

  async #build(connection: Connection): Promise<RebuildReport> {
    const { signal, progress } = this.#options;
    await this.#draft.start();
    await this.#draft.catchUp(connection, signal);
    this.#draft.requireNoFailures();
    const before = this.#draft.coversFromMs();
    progress(`the log covers everything from ${new Date(before).toISOString()} on`);
    const carriedOver = await this.#carryOver(before);
    if (carriedOver > 0) progress(`${carriedOver} rows are older, or partly: carried over`);
    const context = this.#context();
    await this.#shadow.transaction(async (tx) => this.#projection.prepare?.(tx, context));
    const compared = await this.#compareAhead(connection);
    for (let attempt = 1; ; attempt += 1) {
      await this.#untilClose(connection);
      const exchanged = this.#options.isDryRun
        ? await this.#tryCounting(connection, compared, { isHeld: attempt > UNHELD_TRIES })
        : await this.#tryExchange(connection, compared);
      if (exchanged !== undefined) return this.#report(before, carriedOver, exchanged);
      if (attempt === ATTEMPTS) throw new RebuildRefused(BUSY);
      if (this.#options.isDryRun && attempt < UNHELD_TRIES) continue;
      progress('the live one is busy: once more');
      await sleep(BETWEEN_ATTEMPTS_MS, undefined, { signal });
    }
  }

  /** What takes as long as the tables are large, while the group goes on. */
  async #compareAhead(connection: Connection): Promise<Compared> {
    const { signal, progress, projection } = this.#options;
    return cancellable(connection, this.#shadow, signal, async () => {
      const compared: { table: ProjectionTable; since: ComparedBefore }[] = [];
      for (const table of projection.tables) {
        signal.throwIfAborted();
        progress(`comparing ${projection.live}.${table.name}`);
        compared.push({ table, since: await compareAhead(connection, table, this.#context()) });
      }
      return compared;
    });
  }

  #context() {
    return {
      live: this.#projection.live,
      shadow: shadowSchema(this.#projection),
      kept: keptSchema(this.#projection),
    };
  }

  async #carryOver(beforeMs: number): Promise<number> {
    const before = new Date(beforeMs + COVERAGE_MARGIN_MS).toISOString();
    return this.#shadow.transaction((tx) =>
      this.#projection.carryOver(tx, { ...this.#context(), before, handle: this.#draft.handleIn(tx) }),
    );
  }

  async #untilClose(connection: Connection): Promise<void> {
    for (;;) {
      const before = this.#draft.records;
      await this.#draft.catchUp(connection, this.#options.signal);
      this.#draft.requireNoFailures();
      if (this.#draft.records - before < CLOSE_RECORDS) return;
    }
  }

  /** A dry run's part of an attempt. @returns undefined when group and draft stood nowhere together */
  async #tryCounting(
    connection: Connection,
    compared: Compared,
    { isHeld }: { isHeld: boolean },
  ): Promise<Exchanged | undefined> {
    const { signal } = this.#options;
    const { connection: look, end } = await this.#live.openSession();
    try {
      return await countInSnapshot(
        { connection, look, other: this.#shadow },
        { ...this.#options, draft: this.#draft, context: this.#context(), compared, isHeld },
      );
    } catch (error) {
      signal.throwIfAborted();
      if (isPassing(error)) return undefined;
      throw error;
    } finally {
      await end();
    }
  }

  /**
   * The exchange: holds the group where it stands, reads the little that is missing up to exactly there, and makes the live rows those
   * of the draft. All of it in one transaction, which the group waits for; readers do not.
   * @returns undefined when the group could not be held, or not for as long as it took: nothing was changed then
   */
  async #tryExchange(connection: Connection, compared: Compared): Promise<Exchanged | undefined> {
    const { lockSeconds, signal, progress } = this.#options;
    const { live, finish } = this.#projection;
    await connection.command('BEGIN');
    try {
      const held = await holdGroup(connection, this.#projection, lockSeconds);
      const state = await this.#draft.catchUp(
        connection,
        AbortSignal.any([signal, AbortSignal.timeout(READ_REST_MS)]),
      );
      this.#draft.requireNoFailures();
      if (!this.#draft.standsWhere(state)) return await abandoned(connection);
      progress('caught up: exchanging');
      const context = this.#context();
      await dropKept(held, this.#projection);
      await held.query(`CREATE SCHEMA ${context.kept}`);
      const changes: TableChange[] = [];
      for (const { table, since } of compared) {
        await compareAgain(held, table, context, since);
        changes.push(await exchangeTable(held, table, context));
        const seconds = (held.usedMs / 1_000).toFixed(1);
        progress(`${live}.${table.name}: done, the group has been held up for ${seconds} s`);
      }
      await finish?.(held, context);
      signal.throwIfAborted();
      held.require();
      await commit(connection, context.kept);
      return { changes, heldUpMs: Math.round(held.usedMs) };
    } catch (error) {
      if (connection.isUsable) await abandoned(connection);
      if (error instanceof RebuildRefused) throw error;
      signal.throwIfAborted();
      if (sqlStateIn(error) === STATEMENT_TIMEOUT)
        throw new RebuildRefused(tookTooLong(lockSeconds), { cause: error });
      if (isPassing(error)) return undefined;
      throw error;
    }
  }

  #report(coversMs: number, carriedOver: number, { changes, heldUpMs }: Exchanged): RebuildReport {
    const { isDryRun } = this.#options;
    return {
      exchanged: !isDryRun,
      records: this.#draft.records,
      log_covers_from: new Date(coversMs).toISOString(),
      carried_over: carriedOver,
      open_dead_letters: this.#draft.openCount,
      left_out: this.#draft.missing,
      tables: changes,
      held_up_ms: heldUpMs,
      kept_in: isDryRun ? null : keptSchema(this.#projection),
    };
  }
}

async function abandoned(connection: Connection): Promise<undefined> {
  await connection.command('ROLLBACK');
  return undefined;
}

/** @throws RebuildRefused when the connection broke before the answer came: nobody here knows then whether the rows were exchanged */
async function commit(connection: Connection, kept: string): Promise<void> {
  const command = await connection.command('COMMIT').catch((error: unknown) => {
    throw new RebuildRefused(answerLost(kept), { cause: error });
  });
  if (command !== 'COMMIT') throw new Error('the exchange was not committed');
}

/** A lock that somebody holds, or a log that could not be read fast enough. */
function isPassing(error: unknown): boolean {
  if ((error as { name?: unknown }).name === 'TimeoutError') return true;
  return sqlStateIn(error) === LOCK_TIMEOUT;
}

function sqlStateIn(error: unknown): unknown {
  return ((error instanceof TransientError ? error.cause : error) as { code?: unknown }).code;
}
