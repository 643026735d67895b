import type { KafkaMessage } from 'kafkajs';
import { deadLettersTotal } from '../metrics.ts';
import type { EventProducer } from '../producer/event-producer.ts';
import { deadLetterTopic } from '../topics.ts';
import { deadLetterHeaders, type FoundAt, type Verdict } from './headers.ts';

/** A record to give up, and why. */
export interface DeadRecord {
  readonly message: KafkaMessage;
  readonly verdict: Verdict;
}

/** Writes what a group could not process to `<source topic>.<group>.dlq`, into the partition it came from. */
export class DeadLetterPublisher {
  readonly #producer: EventProducer;

  constructor(producer: EventProducer) {
    this.#producer = producer;
  }

  /**
   * Resolves once the brokers hold every one of the records, and only then may an offset pass them.
   * @param onWritten told of each record the brokers hold, also when another one could not be written
   * @throws the producer's error when one could not be written
   */
  async publish(
    sourceTopic: string,
    at: FoundAt,
    records: readonly DeadRecord[],
    onWritten: (record: DeadRecord) => void,
  ): Promise<void> {
    const topic = deadLetterTopic(sourceTopic, at.group);
    const failedAt = new Date();
    const outcomes = await this.#producer.sendAll(
      records.map(({ message, verdict }) => ({
        topic,
        partition: at.redriven?.original.partition ?? at.partition,
        key: message.key,
        value: message.value,
        headers: deadLetterHeaders(message, at, verdict, failedAt),
      })),
    );
    records.forEach((record, index) => {
      if (outcomes[index]?.status !== 'fulfilled') return;
      deadLettersTotal.inc({ group: at.group, topic: sourceTopic, reason: record.verdict.reason });
      onWritten(record);
    });
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
