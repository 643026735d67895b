import { connect } from 'node:net';

const CLIENT_ID = 'orderstream-platform';
const METADATA = { apiKey: 3, version: 1 };
const FIND_COORDINATOR = { apiKey: 10, version: 1 };
const OFFSET_FETCH = { apiKey: 9, version: 3 };
const GROUP = kafkaString(CLIENT_ID);
/** One that is not there refuses at once; one that is busy, or collects garbage, answers late. */
const ANSWER_MS = 5_000;

/**
 * How many brokers the cluster has that clients may use, asked in Kafka's own protocol; 0 while nobody answers. A broker listens
 * before it is unfenced, so an open port alone does not mean that a producer would find a leader.
 */
export async function countBrokers(host: string, port: number): Promise<number> {
  const noTopics = Buffer.alloc(4);
  const answer = await ask(host, port, METADATA, noTopics, 4);
  return answer?.readInt32BE(0) ?? 0;
}

/**
 * Whether the broker leads its partitions: it does once it serves a group's offsets, because both become true with the same change of
 * the cluster's metadata. The first question makes it create its offsets topic, which takes half a second: asked here, no client
 * meets "coordinator not available" on a fresh platform.
 */
export async function servesGroups(host: string, port: number): Promise<boolean> {
  const groupKeyType = Buffer.alloc(1);
  const coordinator = await ask(host, port, FIND_COORDINATOR, Buffer.concat([GROUP, groupKeyType]), 6);
  if (coordinator?.readInt16BE(4) !== 0) return false; // after the throttle time: the error code
  const noTopics = Buffer.alloc(4);
  const offsets = await ask(host, port, OFFSET_FETCH, Buffer.concat([GROUP, noTopics]), 10);
  return offsets?.readInt16BE(8) === 0; // after throttle time and topics
}

/**
 * Sends one request and returns the answer's body, once `atLeast` bytes of it are there; undefined when nobody answers.
 * Layout: https://kafka.apache.org/protocol#protocol_messages
 */
function ask(
  host: string,
  port: number,
  { apiKey, version }: { apiKey: number; version: number },
  body: Buffer,
  atLeast: number,
): Promise<Buffer | undefined> {
  const header = Buffer.alloc(8);
  header.writeInt16BE(apiKey, 0);
  header.writeInt16BE(version, 2);
  header.writeInt32BE(1, 4); // correlation id
  const request = Buffer.concat([header, kafkaString(CLIENT_ID), body]);
  const size = Buffer.alloc(4);
  size.writeInt32BE(request.length);
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let answer: Buffer = Buffer.alloc(0);
    const finish = (result?: Buffer): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(ANSWER_MS, () => finish());
    socket.once('error', () => finish());
    socket.once('close', () => finish());
    socket.once('connect', () => socket.write(Buffer.concat([size, request])));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= 8 + atLeast) finish(answer.subarray(8)); // after size and correlation id
    });
  });
}

function kafkaString(text: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeInt16BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}
