import { KeyIndex } from './key-index.ts';
import { LogFile } from './log-file.ts';
import { MAX_HEAD_BYTES, parseHead } from './record-scan.ts';

export interface NewRecord {
  readonly keys: readonly string[];
  readonly meta: Record<string, unknown>;
  readonly body: readonly Buffer[];
}

export interface StoredRecord {
  readonly number: number;
  readonly meta: Record<string, unknown>;
  readonly body: Buffer;
}

/** All records, those with a key, or those with a key that starts with `prefix` and contains `part` after it. */
export type Selection =
  Record<never, never> | { readonly key: string } | { readonly prefix: string; readonly part: string };

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

interface Append {
  readonly keys: readonly string[];
  readonly bytes: Buffer;
  readonly done: PromiseWithResolvers<number>;
}

interface Clear {
  readonly keys?: undefined;
  readonly done: PromiseWithResolvers<void>;
}

/** Keys and meta of a record are more than is read back when the log is opened. The record is not kept; a shorter one would be. */
export class HeadTooLong extends Error {
  override readonly name = 'HeadTooLong';
  readonly code = 'HEAD_TOO_LONG';

  constructor(bytes: number) {
    super(`the head of a record has ${bytes} bytes; it may have ${MAX_HEAD_BYTES}`);
  }
}

/** One write takes at most this much (or one record), so that a burst of large mails is not copied into one huge buffer. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/**
 * An append-only file of records, numbered from 1 for ever (emptying it does not start again). A record is a line of JSON, the
 * body's bytes and a line feed; memory holds its position and keys only.
 *
 * Promised: when `append` resolves, the record is in the file and survives the death of the process (not of the machine: there
 * is no fsync, as this catches test messages). A record torn by such a death is dropped by the next `open`. One process at a
 * time: callers bind their port before they open the log, which keeps a second one out.
 */
export class RecordLog {
  readonly #file: LogFile;
  readonly #positions: number[] = [];
  readonly #keys = new KeyIndex();
  readonly #queue: (Append | Clear)[] = [];
  #first: number;
  #writing: Promise<void> | undefined;

  private constructor(file: LogFile, first: number) {
    this.#file = file;
    this.#first = first;
  }

  /** Opens or creates the file, with its directory. @throws when it cannot be read or written, or is no such log, or a damaged one */
  static async open(path: string): Promise<RecordLog> {
    const file = await LogFile.open(path);
    try {
      const log = new RecordLog(file, await file.readFirst());
      for await (const { position, head } of file.records()) log.#remember(position, head.keys);
      return log;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get size(): number {
    return this.#positions.length;
  }

  /**
   * Resolves with the record's number once it is written. Concurrent callers share writes; numbers follow the calls.
   * @throws HeadTooLong, and what the system refused with (a full disk)
   */
  async append(record: NewRecord): Promise<number> {
    const done = Promise.withResolvers<number>();
    this.#enqueue({ keys: record.keys, bytes: encode(record), done });
    return done.promise;
  }

  /** Drops every record appended before this call. */
  clear(): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#enqueue({ done });
    return done.promise;
  }

  /** Numbers of the selected records, newest first. */
  select(selection: Selection, { limit, offset }: Page): { total: number; numbers: number[] } {
    const chosen = this.#chosen(selection);
    const total = chosen?.length ?? this.size;
    const count = Math.max(0, Math.min(limit, total - offset));
    const numbers = Array.from({ length: count }, (_, index) => {
      const ascending = total - 1 - offset - index;
      return chosen?.[ascending] ?? this.#first + ascending;
    });
    return { total, numbers };
  }

  /** The record, its body cut after about `maxBodyBytes`; undefined when there is none of that number (any more). */
  async read(number: number, maxBodyBytes = Infinity): Promise<StoredRecord | undefined> {
    const index = number - this.#first;
    const position = this.#positions[index];
    if (position === undefined) return undefined;
    const length = Math.max(0, (this.#positions[index + 1] ?? this.#file.end) - position);
    let bytes = await this.#file.read(position, Math.min(length, maxBodyBytes));
    if (!bytes.includes('\n')) bytes = await this.#file.read(position, length);
    const headEnd = bytes.indexOf('\n');
    const head = parseHead(bytes.subarray(0, headEnd));
    // Emptied meanwhile: these bytes are gone, or another record's.
    if (!head || number < this.#first) return undefined;
    return { number, meta: head.meta, body: bytes.subarray(headEnd + 1, headEnd + 1 + head.bytes) };
  }

  /** Writes what was appended so far, then closes. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }

  #chosen(selection: Selection): readonly number[] | undefined {
    if ('key' in selection) return this.#keys.of(selection.key);
    if ('part' in selection) return this.#keys.containing(selection.prefix, selection.part);
    return undefined;
  }

  #remember(position: number, keys: readonly string[]): number {
    const number = this.#first + this.#positions.push(position) - 1;
    for (const key of keys) this.#keys.add(key, number);
    return number;
  }

  #enqueue(job: Append | Clear): void {
    this.#queue.push(job);
    this.#writing ??= this.#drain();
  }

  async #drain(): Promise<void> {
    while (this.#queue[0]) {
      if (this.#queue[0].keys) await this.#appendBatch(this.#takeBatch());
      else await this.#empty(this.#queue.shift() as Clear);
    }
    // In the same turn as the last look at the queue: a job that comes later starts the next drain.
    this.#writing = undefined;
  }

  #takeBatch(): Append[] {
    let count = 0;
    let bytes = 0;
    for (const job of this.#queue) {
      if (!job.keys || (count > 0 && bytes + job.bytes.length > MAX_BATCH_BYTES)) break;
      bytes += job.bytes.length;
      count += 1;
    }
    return this.#queue.splice(0, count) as Append[];
  }

  async #appendBatch(batch: Append[]): Promise<void> {
    let position: number;
    try {
      position = await this.#file.append(Buffer.concat(batch.map((job) => job.bytes)));
    } catch (error) {
      for (const job of batch) job.done.reject(error);
      return;
    }
    for (const job of batch) {
      job.done.resolve(this.#remember(position, job.keys));
      position += job.bytes.length;
    }
  }

  async #empty({ done }: Clear): Promise<void> {
    try {
      const next = this.#first + this.size;
      await this.#file.reset(next);
      this.#first = next;
      this.#positions.length = 0;
      this.#keys.clear();
      done.resolve();
    } catch (error) {
      done.reject(error);
    }
  }
}

function encode({ keys, meta, body }: NewRecord): Buffer {
  const bytes = body.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.from(`${JSON.stringify({ bytes, keys, meta })}\n`);
  if (head.length > MAX_HEAD_BYTES) throw new HeadTooLong(head.length);
  return Buffer.concat([head, ...body, Buffer.from('\n')]);
}
