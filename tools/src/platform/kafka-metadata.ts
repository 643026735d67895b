import { connect } from 'node:net';

/** Metadata (api key 3), version 1: size, api key, version, correlation id, client id, "no topics". */
const REQUEST = metadataRequest('orderstream-platform');

/**
 * How many brokers the cluster has that clients may use, asked in Kafka's own protocol; undefined while nobody answers. A broker
 * listens before it is unfenced, so an open port alone does not mean that a producer would find a leader.
 */
export function countBrokers(host: string, port: number, timeoutMs = 1_000): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let answer: Buffer = Buffer.alloc(0);
    const finish = (brokers?: number): void => {
      socket.destroy();
      resolve(brokers);
    };
    socket.setTimeout(timeoutMs, finish);
    socket.once('error', () => finish());
    socket.once('close', () => finish());
    socket.once('connect', () => socket.write(REQUEST));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      // size (4), correlation id (4), length of the array of brokers (4)
      if (answer.length >= 12) finish(answer.readInt32BE(8));
    });
  });
}

function metadataRequest(clientId: string): Buffer {
  const body = Buffer.alloc(8 + 2 + clientId.length + 4);
  body.writeInt16BE(3, 0);
  body.writeInt16BE(1, 2);
  body.writeInt32BE(1, 4);
  body.writeInt16BE(clientId.length, 8);
  body.write(clientId, 10, 'ascii');
  body.writeInt32BE(0, 10 + clientId.length);
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}
