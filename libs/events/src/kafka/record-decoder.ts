import type { KafkaMessage } from 'kafkajs';

/** What kafkajs knows of a record's batch (protocol/recordBatch/v0/decoder.js). */
export interface BatchContext {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
  readonly magicByte: number;
  readonly isControlBatch: boolean;
  /** 1: the broker's time of the append, which the whole batch shares; 0: the producer's, per record. */
  readonly timestampType: number;
}

export type DecodedRecord = KafkaMessage & {
  readonly magicByte: number;
  readonly isControlRecord: boolean;
  readonly batchContext: BatchContext;
};

const LOG_APPEND_TIME = 1;

/**
 * Reads one record of Kafka's record batch v2 (https://kafka.apache.org/documentation/#record) as kafkajs does, without its arithmetic
 * in 64-bit objects and without copying the headers once for each header. Key, value and headers are views of `bytes`.
 * @returns undefined for what plain numbers cannot hold or what ends too early: that is left to kafkajs
 */
export function decodeRecordBytes(bytes: Buffer, context: BatchContext): DecodedRecord | undefined {
  const reader = new Reader(bytes);
  const attributes = reader.byte();
  const timestamp = Number(context.firstTimestamp) + reader.varint();
  const offset = Number(context.firstOffset) + reader.varint();
  const key = reader.sized();
  const value = reader.sized();
  const headers = readHeaders(reader);
  if (!reader.isSound || !Number.isSafeInteger(timestamp) || !Number.isSafeInteger(offset)) return undefined;
  return {
    magicByte: context.magicByte,
    attributes,
    timestamp: context.timestampType === LOG_APPEND_TIME ? context.maxTimestamp : String(timestamp),
    offset: String(offset),
    key,
    value,
    headers,
    isControlRecord: context.isControlBatch,
    batchContext: context,
  } as DecodedRecord;
}

type Headers = Record<string, Buffer | Buffer[] | null>;

function readHeaders(reader: Reader): Headers {
  const headers: Headers = {};
  for (let left = reader.varint(); left > 0 && reader.isSound; left -= 1) {
    const name = reader.text();
    const value = reader.sized();
    const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
    if (before !== undefined) headers[name] = [before, value].flat() as Buffer[];
    // Assigned, this one name would become the object's prototype.
    else if (name === '__proto__') Object.defineProperty(headers, name, { ...OWN, value });
    else headers[name] = value;
  }
  return headers;
}

const OWN = { enumerable: true, configurable: true, writable: true };
/** 7 bytes of 7 bits: within what a double holds exactly. */
const MAX_FACTOR = 2 ** 49;

class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  /** False once something did not fit. */
  isSound = true;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? this.#unsound();
  }

  varint(): number {
    let result = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined || factor > MAX_FACTOR / 128) return this.#unsound();
      result += (byte & 127) * factor;
      if (byte < 128) break;
    }
    return result % 2 === 0 ? result / 2 : -(result + 1) / 2;
  }

  sized(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    return this.#bytes.subarray(this.#at, this.#pass(length));
  }

  text(): string {
    const length = this.varint();
    if (length < 0) return String(this.#unsound());
    const from = this.#at;
    return this.#bytes.toString('utf8', from, this.#pass(length));
  }

  #pass(length: number): number {
    this.#at += length;
    if (this.#at > this.#bytes.length) this.#unsound();
    return this.#at;
  }

  #unsound(): number {
    this.isSound = false;
    return 0;
  }
}
