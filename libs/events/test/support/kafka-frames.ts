/** Api keys of the Kafka protocol that tests speak about. */
export const api = {
  produce: 0,
  fetch: 1,
  metadata: 3,
  offsetCommit: 8,
  findCoordinator: 10,
  joinGroup: 11,
  heartbeat: 12,
} as const;

/** Cuts a byte stream into Kafka's size-prefixed frames. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are complete with `chunk`, each with its size in front. */
  read(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    while (this.#rest.length >= 4) {
      const end = 4 + this.#rest.readInt32BE(0);
      if (this.#rest.length < end) break;
      frames.push(this.#rest.subarray(0, end));
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A frame in which every mention of a broker's address (STRING host, INT32 port) names another one. */
export function readdress(frame: Buffer, from: Address, to: Address): Buffer {
  const was = encoded(from);
  const is = encoded(to);
  let rewritten = frame;
  for (let at = rewritten.indexOf(was, 4); at !== -1; at = rewritten.indexOf(was, at + is.length)) {
    rewritten = Buffer.concat([rewritten.subarray(0, at), is, rewritten.subarray(at + was.length)]);
  }
  if (rewritten !== frame) rewritten.writeInt32BE(rewritten.length - 4, 0);
  return rewritten;
}

function encoded({ host, port }: Address): Buffer {
  const bytes = Buffer.alloc(2 + Buffer.byteLength(host) + 4);
  bytes.writeInt16BE(Buffer.byteLength(host), 0);
  bytes.write(host, 2);
  bytes.writeInt32BE(port, bytes.length - 4);
  return bytes;
}

/** What a broker says of a topic, or of one of its partitions, in place of how it is. */
export interface TopicLie {
  readonly topic: string;
  /** Without one, the whole topic has the error. */
  readonly partition?: number;
  readonly errorCode: number;
}

/** The version that kafkajs asks for. https://kafka.apache.org/protocol#The_Messages_Metadata */
export const BENT_METADATA_VERSION = 6;
const NO_LEADER = -1;

/** A metadata response in which a partition has an error and no leader, or a topic an error and no partitions. */
export function bendMetadata(frame: Buffer, lie: TopicLie): Buffer {
  const bent = Buffer.from(frame);
  let at = 12; // size, correlation id, throttle time
  const skip = (bytes: number): void => void (at += bytes);
  const int32 = (): number => bent.readInt32BE((at += 4) - 4);
  const text = (): string => {
    const length = bent.readInt16BE((at += 2) - 2);
    return bent.toString('utf8', at, (at += Math.max(0, length)));
  };
  for (let brokers = int32(); brokers > 0; brokers -= 1) {
    int32();
    text();
    int32();
    text();
  }
  text();
  int32();
  for (let topics = int32(); topics > 0; topics -= 1) {
    const topicAt = at;
    skip(2);
    const isMeant = text() === lie.topic;
    skip(1);
    const partitionsAt = at;
    for (let partitions = int32(); partitions > 0; partitions -= 1) {
      const partitionAt = at;
      skip(2);
      if (int32() === lie.partition && isMeant) {
        bent.writeInt16BE(lie.errorCode, partitionAt);
        bent.writeInt32BE(NO_LEADER, at);
      }
      int32();
      for (let lists = 0; lists < 3; lists += 1) skip(4 * int32());
    }
    if (!isMeant || lie.partition !== undefined) continue;
    bent.writeInt16BE(lie.errorCode, topicAt);
    const none = Buffer.alloc(4);
    const without = Buffer.concat([bent.subarray(0, partitionsAt), none, bent.subarray(at)]);
    without.writeInt32BE(without.length - 4, 0);
    return without;
  }
  return bent;
}
