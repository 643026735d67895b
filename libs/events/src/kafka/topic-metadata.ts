/** Metadata, API 3, in version 10: the first one that names a topic's id. https://kafka.apache.org/protocol#The_Messages_Metadata */
export const METADATA_API_KEY = 3;
export const METADATA_VERSION = 10;

/** The request's bytes after the header's client id; begins with the tagged fields that close a header of version 2. */
export function encodeMetadataRequest(topics: readonly string[]): Buffer {
  const noTags = Buffer.of(0);
  const names = topics.flatMap((topic) => {
    const name = Buffer.from(topic);
    return [Buffer.alloc(16), unsignedVarint(name.length + 1), name, noTags];
  });
  const flags = Buffer.of(0, 0, 0); // creates no topic, asks for no rights
  return Buffer.concat([noTags, unsignedVarint(topics.length + 1), ...names, flags, noTags]);
}

/**
 * The topics' ids as Kafka's own tools print them, by name, from the response's bytes after the correlation id. A topic that the
 * broker does not know is not among them.
 */
export function decodeTopicIds(response: Buffer): ReadonlyMap<string, string> {
  const reader = new CompactReader(response);
  reader.skipTags();
  reader.skip(4); // throttle time
  reader.array(() => {
    reader.skip(4);
    reader.string();
    reader.skip(4);
    reader.string();
    reader.skipTags();
  });
  reader.string(); // cluster id
  reader.skip(4); // controller
  return new Map(reader.array(() => readTopic(reader)).filter((entry) => entry !== undefined));
}

function readTopic(reader: CompactReader): [string, string] | undefined {
  const error = reader.int16();
  const name = reader.string();
  const id = reader.bytes(16);
  reader.skip(1); // internal
  reader.array(() => {
    reader.skip(14); // error, index, leader, epoch
    for (let lists = 0; lists < 3; lists += 1) reader.array(() => reader.skip(4));
    reader.skipTags();
  });
  reader.skip(4); // rights
  reader.skipTags();
  return error === 0 && name !== null ? [name, id.toString('base64url')] : undefined;
}

/** Reads the compact types of Kafka's flexible versions: lengths are unsigned varints, and one too high so that 0 means null. */
class CompactReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  skip(bytes: number): void {
    this.bytes(bytes);
  }

  int16(): number {
    return this.bytes(2).readInt16BE();
  }

  bytes(length: number): Buffer {
    if (this.#at + length > this.#buffer.length) throw new RangeError('the metadata response is cut short');
    this.#at += length;
    return this.#buffer.subarray(this.#at - length, this.#at);
  }

  string(): string | null {
    const length = this.#varint();
    return length === 0 ? null : this.bytes(length - 1).toString();
  }

  array<T>(readElement: () => T): T[] {
    return Array.from({ length: Math.max(0, this.#varint() - 1) }, readElement);
  }

  skipTags(): void {
    for (let tags = this.#varint(); tags > 0; tags -= 1) {
      this.#varint();
      this.bytes(this.#varint());
    }
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes(1).readUInt8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('the metadata response holds no varint where one belongs');
  }
}

function unsignedVarint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
