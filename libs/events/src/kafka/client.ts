import { Kafka, logLevel, type SASLOptions } from 'kafkajs';
import { forgetHalfAnswers } from './framing-fix.ts';
import { stopIdleTimers } from './idle-fix.ts';
import { silentLog, type LogSink } from './log.ts';
import { installRecordCodec } from './record-codec.ts';
import type { ClientSockets } from './sockets.ts';

/** How to reach a Kafka cluster. */
export interface KafkaSettings {
  /** Shown in the broker's logs and quotas: the service's name. */
  readonly clientId: string;
  /** `host:port` each. */
  readonly brokers: readonly string[];
  readonly ssl?: boolean;
  readonly sasl?: {
    mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    username: string;
    password: string;
  };
  readonly log?: LogSink;
}

export interface ClientOptions {
  /** Opens the client's connections, and ends them all when need be. */
  readonly sockets?: ClientSockets;
  /** How long an answer may take, ms. Default 10,000. */
  readonly requestTimeoutMs?: number;
}

const REQUEST_TIMEOUT_MS = 10_000;
/** So that a second broker can be tried within the 5 s that a send or a question has. */
const CONNECT_MS = 2_000;

/**
 * A kafkajs client with settings that were chosen, not inherited. Each consumer and producer gets a client of its own: kafkajs
 * shares committed offsets per client and group (cluster/index.js).
 */
export function createKafka(settings: KafkaSettings, options: ClientOptions = {}): Kafka {
  stopIdleTimers();
  forgetHalfAnswers();
  installRecordCodec();
  const { sockets, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  const log = settings.log ?? silentLog;
  return new Kafka({
    clientId: settings.clientId,
    brokers: inAnyOrder(settings.brokers),
    ...(settings.ssl ? { ssl: true } : {}),
    ...(settings.sasl ? { sasl: settings.sasl as SASLOptions } : {}),
    ...(sockets ? { socketFactory: sockets.factory } : {}),
    connectionTimeout: CONNECT_MS,
    requestTimeout: requestTimeoutMs,
    // Said in full because kafkajs has other defaults under NODE_ENV=test.
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2 },
    logLevel: logLevel.ERROR,
    // What kafkajs calls an error we have handled already, 20 lines a second of an outage; our own lines say what it means, once.
    logCreator: () => (entry) => {
      if (sockets?.isDestroyed) return;
      log({
        level: 'debug',
        message: `kafkajs: ${entry.log.message}`,
        detail: { namespace: entry.namespace, broker: entry.log['broker'] as unknown },
      });
    },
  });
}

/** kafkajs begins with the first one: a client that is made anew would meet the same dead broker, for ever if that hangs instead of refusing. */
function inAnyOrder(brokers: readonly string[]): string[] {
  return brokers
    .map((broker) => ({ broker, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ broker }) => broker);
}
