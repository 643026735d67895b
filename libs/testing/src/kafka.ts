import { Kafka, logLevel } from 'kafkajs';
import { kafkaBrokers } from './environment.ts';

/** A client of its own for each use: a test that breaks one must not break the next. */
export function testKafka(): Kafka {
  return new Kafka({
    clientId: 'test',
    brokers: kafkaBrokers(),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5_000,
    // Said in full because kafkajs has other defaults under NODE_ENV=test.
    retry: { retries: 8, initialRetryTime: 50, maxRetryTime: 1_000, factor: 0.2, multiplier: 2 },
  });
}
