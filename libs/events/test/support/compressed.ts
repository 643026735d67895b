import { zstdCompressSync } from 'node:zlib';
import kafkajs from 'kafkajs';
import { kafkaBrokers } from '@orderstream/testing';
import { createKafka } from '../../src/index.ts';

const { CompressionCodecs, CompressionTypes, Partitioners } = kafkajs;

/** Sends a record in a batch that is compressed with zstd, as a producer in another language may. Our consumers have no codec for it. */
export async function produceCompressed(topic: string, value: string): Promise<void> {
  const missing = CompressionCodecs[CompressionTypes.ZSTD];
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => zstdCompressSync(buffer),
    decompress: async (buffer: Buffer) => buffer,
  });
  const kafka = createKafka({ clientId: 'test', brokers: kafkaBrokers() });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({
    topic,
    compression: CompressionTypes.ZSTD,
    messages: [{ value }],
  });
  await producer.disconnect();
  CompressionCodecs[CompressionTypes.ZSTD] = missing;
}
