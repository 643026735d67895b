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
