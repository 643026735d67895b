import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PlatformError } from '../platform/platform-error.ts';
import { recordsFollow, scanRecords, type ScannedRecord } from './record-scan.ts';

/** How the file begins; one that begins differently is somebody else's and is left alone. */
const PREAMBLE = '{"orderstream-catcher":1,"first":';
const MAX_PREAMBLE_BYTES = PREAMBLE.length + 32;

/**
 * The file below a record log: a preamble that names the first record's number, then records. What is written is written whole
 * or not at all; only a death in the middle leaves a torn tail, and `records` drops it. One caller at a time.
 */
export class LogFile {
  readonly #file: FileHandle;
  readonly #path: string;
  #first = 1;
  #end = 0;
  #torn = false;

  private constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** Opens or creates the file, with its directory. */
  static async open(path: string): Promise<LogFile> {
    await mkdir(dirname(path), { recursive: true });
    return new LogFile(await open(path, 'a+'), path);
  }

  /** Where the next record will start. */
  get end(): number {
    return this.#end;
  }

  /** Reads the preamble and returns the number of the first record. @throws when the file is no such log */
  async readFirst(): Promise<number> {
    const start = await this.read(0, MAX_PREAMBLE_BYTES);
    if (!PREAMBLE.startsWith(start.toString('latin1', 0, PREAMBLE.length))) {
      throw new PlatformError(
        'not-ours',
        `${this.#path} is not a file of caught messages. Move it away, or choose another directory with --data-dir.`,
      );
    }
    const line = start.subarray(0, start.indexOf('\n') + 1).toString('latin1');
    // New, or torn while it was created: it named no number yet, and nothing follows.
    if (line === '') await this.reset(1);
    else {
      this.#first = Number.parseInt(line.slice(PREAMBLE.length), 10);
      this.#end = line.length;
    }
    return this.#first;
  }

  /**
   * The whole records, in order. What is left after them is cut off.
   * @throws PlatformError (`not-ours`) when whole records follow what is left: then nothing is cut off
   */
  async *records(): AsyncGenerator<ScannedRecord> {
    for await (const record of scanRecords(this.#file, this.#end)) {
      this.#end = record.end;
      yield record;
    }
    if (await recordsFollow(this.#file, this.#end)) {
      throw new PlatformError(
        'not-ours',
        `${this.#path} is damaged at byte ${this.#end}, and caught messages follow there. Move it away, or choose another directory with --data-dir.`,
      );
    }
    await this.#file.truncate(this.#end);
  }

  /** Returns where the bytes start. @throws when the system refuses (a full disk); nothing of them is left then */
  async append(bytes: Buffer): Promise<number> {
    await this.#mend();
    const position = this.#end;
    this.#torn = true;
    try {
      await this.#file.appendFile(bytes);
    } catch (error) {
      await this.#mend().catch(() => undefined);
      throw error;
    }
    this.#end += bytes.length;
    this.#torn = false;
    return position;
  }

  /** Empties the file; the next record will be number `first`. @throws when the system refuses; nothing is changed then */
  async reset(first: number): Promise<void> {
    await this.#file.truncate(0);
    this.#first = first;
    this.#end = 0;
    this.#torn = true;
    await this.#mend().catch(() => undefined);
  }

  /** Up to `length` bytes from `position`; fewer only at the file's end. */
  async read(position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#file.read(buffer, filled, length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /**
   * Bytes of a write that failed half way must not stay between two records, nor may the preamble be missing. Where this fails
   * it is tried again before the next write.
   */
  async #mend(): Promise<void> {
    if (!this.#torn) return;
    await this.#file.truncate(this.#end);
    if (this.#end === 0) {
      const preamble = `${PREAMBLE}${this.#first}}\n`;
      await this.#file.appendFile(preamble);
      this.#end = preamble.length;
    }
    this.#torn = false;
  }
}
