import { Partitioners, type Kafka, type Producer } from 'kafkajs';

/** The kafkajs producer behind an EventProducer: connected on demand, replaced when it can no longer be trusted. */
export class ProducerConnection {
  readonly #kafka: Kafka;
  #connecting: Promise<Producer> | undefined;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  /** @throws when Kafka cannot be reached; the next call tries anew */
  get(): Promise<Producer> {
    return (this.#connecting ??= this.#connect());
  }

  /** Gives the current producer up; requests under way on it still end. */
  replace(): void {
    void this.close();
  }

  async close(): Promise<void> {
    const connecting = this.#connecting;
    this.#connecting = undefined;
    const producer = await connecting?.catch(() => undefined);
    await producer?.disconnect().catch(() => undefined);
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer({
      allowAutoTopicCreation: false,
      // Partitions are explicit; this only keeps kafkajs from warning about its former default.
      createPartitioner: Partitioners.DefaultPartitioner,
      // One attempt per call: what is tried again, and what that says to the sender, is decided in the lane.
      retry: { retries: 0 },
    });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      this.#connecting = undefined;
      throw error;
    }
  }
}
