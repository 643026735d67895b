import { crc32C } from './crc32c.ts';
import { measureRecord, recordLength, writeRecord, type RecordToEncode } from './record-encoder.ts';

/** A produce request as kafkajs hands it to its encoder (protocol/requests/produce/v3/request.js). */
export interface ProduceRequest {
  readonly acks: number;
  readonly timeout: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly messages: readonly (RecordToEncode & { readonly timestamp?: string | null })[];
    }[];
  }[];
}

/** Batch header up to its records, in bytes; what of it precedes the checksum, and what precedes the length. */
const BATCH_HEADER = 61;
const BEFORE_CRC = 17;
const BEFORE_LENGTH = 12;
const MAGIC = 2;

interface PartitionToWrite {
  readonly partition: number;
  readonly records: readonly ReturnType<typeof measureRecord>[];
  readonly batchLength: number;
}

/**
 * A produce request from version 3 on (https://kafka.apache.org/protocol#The_Messages_Produce), not idempotent, not compressed, in one
 * buffer of exactly its size. kafkajs copies each batch seven times on its way into the request, into zeroed buffers of up to twice the
 * size.
 * @param nowMs the records' time, Unix ms
 */
export function encodeProduceRequest(request: ProduceRequest, nowMs: number): Buffer {
  const topics = request.topicData.map(({ topic, partitions }) => ({
    name: Buffer.from(topic),
    partitions: partitions.map(({ partition, messages }) => measurePartition(partition, messages)),
  }));
  let length = 12;
  for (const { name, partitions } of topics) {
    length += 2 + name.length + 4;
    for (const { batchLength } of partitions) length += 8 + batchLength;
  }
  const buffer = Buffer.allocUnsafe(length);
  let at = buffer.writeInt16BE(-1, 0); // no transaction
  at = buffer.writeInt16BE(request.acks, at);
  at = buffer.writeInt32BE(request.timeout, at);
  at = buffer.writeInt32BE(topics.length, at);
  for (const { name, partitions } of topics) {
    at = buffer.writeInt16BE(name.length, at);
    at += name.copy(buffer, at);
    at = buffer.writeInt32BE(partitions.length, at);
    for (const partition of partitions) {
      at = buffer.writeInt32BE(partition.partition, at);
      at = buffer.writeInt32BE(partition.batchLength, at);
      at = writeBatch(buffer, at, partition, nowMs);
    }
  }
  return buffer;
}

function measurePartition(partition: number, messages: readonly RecordToEncode[]): PartitionToWrite {
  const records = messages.map(measureRecord);
  let batchLength = BATCH_HEADER;
  for (const record of records) batchLength += recordLength(record);
  return { partition, records, batchLength };
}

/** https://kafka.apache.org/documentation/#recordbatch */
function writeBatch(
  buffer: Buffer,
  begin: number,
  { records, batchLength }: PartitionToWrite,
  nowMs: number,
): number {
  let at = buffer.writeBigInt64BE(0n, begin); // first offset: the broker's to say
  at = buffer.writeInt32BE(batchLength - BEFORE_LENGTH, at);
  at = buffer.writeInt32BE(0, at); // leader epoch: the broker's to say
  at = buffer.writeInt8(MAGIC, at);
  const crcAt = at;
  at = buffer.writeInt16BE(0, at + 4); // attributes: not compressed, the producer's time
  at = buffer.writeInt32BE(records.length - 1, at);
  const now = BigInt(nowMs);
  at = buffer.writeBigInt64BE(now, at); // first and last time
  at = buffer.writeBigInt64BE(now, at);
  at = buffer.writeBigInt64BE(-1n, at); // not idempotent: no producer id, epoch 0, sequence 0
  at = buffer.writeInt16BE(0, at);
  at = buffer.writeInt32BE(0, at);
  at = buffer.writeInt32BE(records.length, at);
  for (const record of records) at = writeRecord(buffer, at, record);
  buffer.writeUInt32BE(crc32C(buffer.subarray(begin + BEFORE_CRC + 4, at)), crcAt);
  return at;
}
