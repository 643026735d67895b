import { createKafka, type KafkaSettings } from '../kafka/client.ts';
import { ClientSockets } from '../kafka/sockets.ts';
import { within } from '../kafka/within.ts';
import { ProduceClient } from './produce-client.ts';

/** A client that is connected, and the sockets it writes to. */
export interface ProducerLink {
  readonly client: ProduceClient;
  readonly sockets: ClientSockets;
}

interface Opening {
  readonly sockets: ClientSockets;
  readonly link: Promise<ProducerLink>;
  isConnected: boolean;
}

const CONNECT_MS = 5_000;
/** A clean goodbye takes a few ms; nobody waits for an answer any more. */
const GOODBYE_MS = 1_000;

/**
 * The connection behind an EventProducer: opened on demand, replaced when it can no longer be trusted. kafkajs keeps a connection that
 * only looks open (no answer ever comes), and one that was broken it opens again inside a send, where nobody can tell any more whether
 * the record has left.
 */
export class ProducerConnection {
  readonly #settings: KafkaSettings;
  readonly #answerMs: number;
  #current: Opening | undefined;
  readonly #retiring = new Set<ClientSockets>();

  /** @param answerMs how long the answer to a request may take */
  constructor(settings: KafkaSettings, answerMs: number) {
    this.#settings = settings;
    this.#answerMs = answerMs;
  }

  /** @throws when Kafka cannot be reached; the next call tries anew */
  get(): Promise<ProducerLink> {
    const current = this.#current;
    // The broker closed it, or the network did: kafkajs would find out, and connect again, in the middle of a send.
    if (current?.isConnected && !current.sockets.hasOpen) this.replace(current);
    return (this.#current ??= this.#open()).link;
  }

  /** Gives `link` up, unless that has happened already. Requests under way on it may still end. */
  replace({ sockets }: Pick<ProducerLink, 'sockets'>): void {
    const current = this.#current;
    if (current?.sockets !== sockets) return;
    this.#current = undefined;
    void this.#retire(current, this.#answerMs);
  }

  /** Ends within a second or so, whatever state the connections are in. */
  async close(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    for (const sockets of this.#retiring) sockets.destroy();
    if (current !== undefined) await this.#retire(current, GOODBYE_MS);
  }

  #open(): Opening {
    const sockets = new ClientSockets();
    const client = new ProduceClient(
      createKafka(this.#settings, { sockets, requestTimeoutMs: this.#answerMs }),
    );
    const link = within(CONNECT_MS, client.connect()).then(
      () => {
        opening.isConnected = true;
        return { client, sockets };
      },
      (error: unknown) => {
        sockets.destroy();
        if (this.#current === opening) this.#current = undefined;
        throw error;
      },
    );
    const opening: Opening = { sockets, link, isConnected: false };
    return opening;
  }

  async #retire({ sockets, link }: Opening, patienceMs: number): Promise<void> {
    this.#retiring.add(sockets);
    const goodbye = link.then(({ client }) => client.disconnect());
    await within(patienceMs, goodbye).catch(() => undefined);
    sockets.destroy();
    this.#retiring.delete(sockets);
  }
}
