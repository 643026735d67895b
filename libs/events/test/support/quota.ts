import { kafkaBrokers } from '@orderstream/testing';
import { createKafka } from '../../src/index.ts';
import { clusterOf } from '../../src/kafka/cluster.ts';

/** https://kafka.apache.org/protocol#The_Messages_AlterClientQuotas, in version 0 */
const ALTER_CLIENT_QUOTAS = 49;

interface SendingBroker {
  readonly connectionPool: { send(request: object): Promise<unknown> };
}

/** Lets the broker hold up whoever calls itself `clientId` once it has read more than this in ten seconds' mean. */
export async function limitReads(clientId: string, bytesPerSecond: number): Promise<void> {
  const cluster = clusterOf<SendingBroker>(
    createKafka({ clientId: 'test-operator', brokers: kafkaBrokers() }),
  );
  await cluster.connect();
  try {
    const body = request(clientId, bytesPerSecond);
    await cluster.brokerPool.seedBroker.connectionPool.send({
      request: {
        apiKey: ALTER_CLIENT_QUOTAS,
        apiName: 'AlterClientQuotas',
        apiVersion: 0,
        encode: async () => ({ buf: body, buffer: body, size: () => body.length }),
      },
      response: { decode: async (bytes: Buffer) => bytes, parse: async (bytes: Buffer) => requireOk(bytes) },
    });
  } finally {
    await cluster.disconnect();
  }
}

function request(clientId: string, bytesPerSecond: number): Buffer {
  const rate = Buffer.alloc(8);
  rate.writeDoubleBE(bytesPerSecond);
  const entity = [int32(1), text('client-id'), text(clientId)];
  const change = [int32(1), text('consumer_byte_rate'), rate, Buffer.of(0)];
  const isOnlyValidated = Buffer.of(0);
  return Buffer.concat([int32(1), ...entity, ...change, isOnlyValidated]);
}

function requireOk(response: Buffer): void {
  const errorCode = response.readInt16BE(8); // behind throttle time and number of entries
  if (errorCode !== 0) throw new Error(`the quota was refused with error code ${errorCode}`);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeInt16BE(Buffer.byteLength(value));
  return Buffer.concat([length, Buffer.from(value)]);
}
