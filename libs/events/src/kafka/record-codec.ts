import { createRequire } from 'node:module';
import { encodeProduceRequest, type ProduceRequest } from './produce-request.ts';
import { decodeRecordBytes, type BatchContext } from './record-decoder.ts';

type DecodeRecord = (decoder: { readonly buffer: Buffer }, context: BatchContext) => unknown;

/** What kafkajs asks for, beyond what we write ourselves. */
interface TheirProduceRequest extends ProduceRequest {
  readonly transactionalId?: string | null;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly compression?: number;
}

/** A request before it is encoded; `encode` gives what kafkajs takes for one of its encoders. */
interface Encodable {
  readonly encode: () => Promise<{ readonly buf: Buffer; readonly buffer: Buffer; size(): number }>;
}

type MakeRequest = (request: TheirProduceRequest) => Encodable;

const require = createRequire(import.meta.url);
const { version } = require('kafkajs/package.json') as { version: string };
const REPLACED_VERSION = '2.2.4';
let isInstalled = false;

/**
 * Puts our record decoder and our produce request in the place of kafkajs 2.2.4's, which cost a quarter of an event's CPU time
 * (docs/performance.md). kafkajs loads these modules at its first fetch and first produce; another version is left as it is. What ours
 * do not do (idempotence, transactions, compression, times past all calendars) goes to kafkajs's own.
 */
export function installRecordCodec(): void {
  if (isInstalled || version !== REPLACED_VERSION) return;
  isInstalled = true;
  replace<DecodeRecord>(
    'kafkajs/src/protocol/recordBatch/record/v0/decoder.js',
    (theirs) => (decoder, context) => decodeRecordBytes(decoder.buffer, context) ?? theirs(decoder, context),
  );
  replace<MakeRequest>('kafkajs/src/protocol/requests/produce/v3/request.js', (theirs) => (request) => {
    const made = theirs(request);
    if (!isPlain(request)) return made;
    return {
      ...made,
      encode: async () => {
        const buffer = encodeProduceRequest(request, Date.now());
        return { buf: buffer, buffer, size: () => buffer.length };
      },
    };
  });
}

function isPlain({
  transactionalId,
  producerId,
  producerEpoch,
  compression,
  topicData,
}: TheirProduceRequest) {
  return (
    (transactionalId ?? null) === null &&
    (producerId ?? -1) === -1 &&
    (producerEpoch ?? 0) === 0 &&
    (compression ?? 0) === 0 &&
    topicData.every(({ partitions }) =>
      partitions.every(({ messages }) => messages.every(({ timestamp }) => (timestamp ?? null) === null)),
    )
  );
}

function replace<Exports>(path: string, replacement: (theirs: Exports) => Exports): void {
  const theirs = require(path) as Exports;
  const loaded = require.cache[require.resolve(path)];
  if (loaded !== undefined) loaded.exports = replacement(theirs);
}
