import type { FileHandle } from 'node:fs/promises';

/** The line before each record's body. `keys` is what the record is found by, `meta` what its owner wants back. */
export interface RecordHead {
  readonly bytes: number;
  readonly keys: readonly string[];
  readonly meta: Record<string, unknown>;
}

export interface ScannedRecord {
  readonly position: number;
  readonly end: number;
  readonly head: RecordHead;
}

const LINE_FEED = 10;
const WINDOW_BYTES = 256 * 1024;
/** With its line feed. 1,000 recipients of 320 characters, each twice, fit; a longer line is not a head. */
export const MAX_HEAD_BYTES = 1024 * 1024;
/** How each head begins, as the log writes it. */
const HEAD_START = Buffer.from('\n{"bytes":');

/** Reads a file through one window, so that small records cost no system call each. */
class WindowedReader {
  #window = Buffer.alloc(0);
  #start = 0;
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Up to `length` bytes from `position`; fewer only at the file's end. Valid until the next call. */
  async bytes(position: number, length: number): Promise<Buffer> {
    const offset = position - this.#start;
    if (offset < 0 || offset + length > this.#window.length) await this.#load(position, length);
    const from = position - this.#start;
    return this.#window.subarray(from, from + length);
  }

  /** The bytes up to the next line feed; undefined when the file ends first or the line is too long to be a head. */
  async line(position: number): Promise<Buffer | undefined> {
    for (let length = 1024; ; length = Math.min(length * 8, MAX_HEAD_BYTES)) {
      const bytes = await this.bytes(position, length);
      const end = bytes.indexOf(LINE_FEED);
      if (end >= 0) return bytes.subarray(0, end);
      if (bytes.length < length || length === MAX_HEAD_BYTES) return undefined;
    }
  }

  /** Where the next line begins that begins as a head does; undefined when none does. */
  async nextHead(position: number): Promise<number | undefined> {
    for (;;) {
      const bytes = await this.bytes(position, WINDOW_BYTES);
      const found = bytes.indexOf(HEAD_START);
      if (found >= 0) return position + found + 1;
      if (bytes.length < WINDOW_BYTES) return undefined;
      position += WINDOW_BYTES - HEAD_START.length;
    }
  }

  async #load(position: number, length: number): Promise<void> {
    const buffer = Buffer.allocUnsafe(Math.max(length, WINDOW_BYTES));
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#file.read(buffer, filled, buffer.length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    this.#window = buffer.subarray(0, filled);
    this.#start = position;
  }
}

/**
 * Yields the whole records from `position` on and stops at the first that is not whole: what a `kill -9` in the middle of a
 * write leaves. Bodies are not read, only the line feed behind them.
 */
export async function* scanRecords(file: FileHandle, position: number): AsyncGenerator<ScannedRecord> {
  const reader = new WindowedReader(file);
  for (;;) {
    const record = await recordAt(reader, position);
    if (typeof record === 'string') return;
    yield record;
    position = record.end;
  }
}

/**
 * Whether whole records come after `position`, where none is: then this is no end that was torn off, but a place that was damaged.
 * A record whose body the file does not hold to its end is torn off, whatever its body says.
 */
export async function recordsFollow(file: FileHandle, position: number): Promise<boolean> {
  const reader = new WindowedReader(file);
  if ((await recordAt(reader, position)) === 'torn') return false;
  for (let next = await reader.nextHead(position); next !== undefined; next = await reader.nextHead(next)) {
    if (typeof (await recordAt(reader, next)) !== 'string') return true;
  }
  return false;
}

async function recordAt(
  reader: WindowedReader,
  position: number,
): Promise<ScannedRecord | 'torn' | 'no-record'> {
  const line = await reader.line(position);
  const head = line && parseHead(line);
  if (!line || !head) return 'no-record';
  const bodyEnd = position + line.length + 1 + head.bytes;
  const terminator = await reader.bytes(bodyEnd, 1);
  if (terminator.length === 0) return 'torn';
  return terminator[0] === LINE_FEED ? { position, end: bodyEnd + 1, head } : 'no-record';
}

export function parseHead(line: Buffer): RecordHead | undefined {
  try {
    const head = JSON.parse(line.toString()) as Partial<RecordHead> | null;
    const whole =
      Number.isSafeInteger(head?.bytes) &&
      Number(head?.bytes) >= 0 &&
      Array.isArray(head?.keys) &&
      typeof head?.meta === 'object';
    return whole ? (head as RecordHead) : undefined;
  } catch {
    return undefined;
  }
}
