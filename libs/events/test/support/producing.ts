import { EventProducer, type OutgoingRecord, type ProducerOptions } from '../../src/index.ts';
import { NotAcceptedError, OutcomeUnknownError, type RecordPosition } from '../../src/index.ts';

/** A busy machine must not look like a Kafka that is away; a test of deadlines says its own. */
const PATIENCE = { sendTimeoutMs: 30_000 };

export function aProducer(brokers: readonly string[], options: ProducerOptions = {}): EventProducer {
  return new EventProducer({ clientId: 'test', brokers }, { ...PATIENCE, ...options });
}

export function aRecord(
  topic: { readonly name: string },
  value: string,
  key: string | null = 'key',
): OutgoingRecord {
  return { topic: topic.name, key, value, headers: {} };
}

/** Values of the records by what their senders were told. */
export interface Told {
  readonly accepted: string[];
  readonly notAccepted: string[];
  readonly unknown: string[];
}

/** Keeps the producer's three answers apart; any other error is the test's failure. */
export class Senders {
  readonly told: Told = { accepted: [], notAccepted: [], unknown: [] };
  readonly #producer: EventProducer;
  readonly #waiting: Promise<void>[] = [];

  constructor(producer: EventProducer) {
    this.#producer = producer;
  }

  send(record: OutgoingRecord): void {
    this.#waiting.push(this.#producer.send(record).then(...this.#noting(String(record.value))));
  }

  /** Resolves when every sender has been told. */
  async all(): Promise<Told> {
    await Promise.all(this.#waiting);
    return this.told;
  }

  #noting(value: string): [(position: RecordPosition) => void, (error: unknown) => void] {
    const { accepted, notAccepted, unknown } = this.told;
    return [
      () => void accepted.push(value),
      (error) => {
        if (error instanceof NotAcceptedError) notAccepted.push(value);
        else if (error instanceof OutcomeUnknownError) unknown.push(value);
        else throw error;
      },
    ];
  }
}
