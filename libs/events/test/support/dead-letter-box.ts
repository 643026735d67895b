import { DeadLetterPublisher } from '../../src/dead-letter/publisher.ts';
import type { EventProducer, OutgoingRecord, RecordPosition } from '../../src/index.ts';

/** The real publisher over a producer that keeps what it is given. */
export class DeadLetterBox {
  readonly records: OutgoingRecord[] = [];
  /** Says for each record whether Kafka takes it. */
  refusal: (record: OutgoingRecord) => Error | undefined = () => undefined;
  readonly publisher = new DeadLetterPublisher({
    sendAll: (records: readonly OutgoingRecord[]) =>
      Promise.allSettled(records.map((one) => this.#take(one))),
  } as unknown as EventProducer);

  /** What a person sees of the dead letters, in the order they were written. */
  get seen(): string[] {
    return this.records.map(
      ({ headers }) => `${text(headers['dlq-original-offset'])}: ${text(headers['dlq-reason'])}`,
    );
  }

  async #take(record: OutgoingRecord): Promise<RecordPosition> {
    const error = this.refusal(record);
    if (error) throw error;
    this.records.push(record);
    return { topic: record.topic, partition: record.partition ?? 0, offset: this.records.length - 1 };
  }
}

function text(header: OutgoingRecord['headers'][string]): string {
  return String(header);
}
