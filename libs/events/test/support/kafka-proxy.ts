import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { kafkaBrokers } from '@orderstream/testing';
import {
  api,
  bendMetadata,
  BENT_METADATA_VERSION,
  FrameReader,
  readdress,
  type Address,
  type TopicLie,
} from './kafka-frames.ts';

/** A fetch without records has fewer. */
const WITHOUT_CONTENT_BYTES = 1_000;

/**
 * A man in the middle of the way to the broker, for what networks do: refused and broken connections, ones that only look open,
 * answers that get lost. Clients that bootstrap from `broker` stay on it, since the addresses in Kafka's answers are rewritten.
 * Made for a single broker, which advertises the address that tests use.
 */
export class KafkaProxy {
  readonly #broker: Address;
  readonly #links = new Set<Link>();
  #server: Server | undefined;
  #port = 0;
  #silent = false;
  #lost: ReadonlySet<number> = new Set();
  #torn: number | undefined;
  #lies: readonly TopicLie[] = [];
  /** How many connections were accepted so far. */
  accepted = 0;
  /** How many connections have carried a produce request so far. */
  producers = 0;
  /** How many requests of each api key came through so far. */
  readonly requests = new Map<number, number>();

  private constructor(broker: Address) {
    this.#broker = broker;
  }

  static async start(): Promise<KafkaProxy> {
    const [host = '', port] = (kafkaBrokers()[0] ?? '').split(':');
    const proxy = new KafkaProxy({ host, port: Number(port) });
    await proxy.accept();
    return proxy;
  }

  /** `host:port` for a client's settings. */
  get broker(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get isRefusing(): boolean {
    return this.#server === undefined;
  }

  /** How many connections are open now. */
  get open(): number {
    return this.#links.size;
  }

  requestsOf(apiKey: number): number {
    return this.requests.get(apiKey) ?? 0;
  }

  /** Takes connections; again after `refuse`, on the same port. */
  async accept(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((client) => this.#link(client));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Breaks all connections and refuses new ones, as a broker does that is down. */
  async refuse(): Promise<void> {
    const closed = new Promise((resolve) =>
      this.#server ? this.#server.close(resolve) : resolve(undefined),
    );
    this.#server = undefined;
    this.cut();
    await closed;
  }

  /** Breaks all connections; new ones are welcome. */
  cut(): void {
    for (const { client, upstream } of this.#links) {
      client.resetAndDestroy();
      upstream.destroy();
    }
  }

  /** Connections stay open and new ones are accepted, but nothing gets through any more, in either direction. */
  fallSilent(): void {
    this.#silent = true;
  }

  /** What was not let through is lost for good: connections from before stay silent. */
  speak(): void {
    this.#silent = false;
    this.#lost = new Set();
  }

  /** Requests of these api keys get to the broker, its answers do not get back. */
  loseAnswersTo(...apiKeys: number[]): void {
    this.#lost = new Set(apiKeys);
  }

  /** Answers about topics are bent; none, and they are true again. */
  lieAbout(...lies: TopicLie[]): void {
    this.#lies = lies;
  }

  /** Breaks a connection in the middle of the next answer to a request of this api key that holds something. */
  tearAnswerTo(apiKey: number): void {
    this.#torn = apiKey;
  }

  get hasTorn(): boolean {
    return this.#torn === undefined;
  }

  async stop(): Promise<void> {
    await this.refuse();
  }

  #link(client: Socket): void {
    this.accepted += 1;
    const upstream = connect(this.#broker);
    const link: Link = { client, upstream, asked: new Map(), isBroken: false, isProducer: false };
    this.#links.add(link);
    const requests = new FrameReader();
    const answers = new FrameReader();
    client.on('data', (chunk: Buffer) => {
      for (const frame of requests.read(chunk)) this.#forward(link, frame);
    });
    upstream.on('data', (chunk: Buffer) => {
      for (const frame of answers.read(chunk)) this.#answer(link, frame);
    });
    for (const socket of [client, upstream]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#links.delete(link);
        client.destroy();
        upstream.destroy();
      });
    }
  }

  #forward(link: Link, frame: Buffer): void {
    if (this.#silent) link.isBroken = true;
    if (link.isBroken) return;
    const apiKey = frame.readInt16BE(4);
    if (apiKey === api.produce && !link.isProducer) this.producers += 1;
    link.isProducer ||= apiKey === api.produce;
    this.requests.set(apiKey, this.requestsOf(apiKey) + 1);
    link.asked.set(frame.readInt32BE(8), { apiKey, version: frame.readInt16BE(6) });
    link.upstream.write(frame);
  }

  #answer(link: Link, frame: Buffer): void {
    if (this.#silent) link.isBroken = true;
    const correlationId = frame.readInt32BE(4);
    const { apiKey, version } = link.asked.get(correlationId) ?? { apiKey: -1, version: -1 };
    link.asked.delete(correlationId);
    if (link.isBroken || this.#lost.has(apiKey)) return;
    if (apiKey === this.#torn && frame.length > WITHOUT_CONTENT_BYTES) {
      this.#torn = undefined;
      link.isBroken = true;
      link.client.write(frame.subarray(0, frame.length >> 1));
      // What its system still holds when the connection is reset, the client never sees.
      setTimeout(() => link.client.resetAndDestroy(), 200);
      return;
    }
    const namesBrokers = apiKey === api.metadata || apiKey === api.findCoordinator;
    const proxy = { host: '127.0.0.1', port: this.#port };
    const isBent = apiKey === api.metadata && version === BENT_METADATA_VERSION;
    const told = isBent ? this.#lies.reduce(bendMetadata, frame) : frame;
    link.client.write(namesBrokers ? readdress(told, this.#broker, proxy) : told);
  }
}

interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
  /** The requests that await their answer, by correlation id. */
  readonly asked: Map<number, { readonly apiKey: number; readonly version: number }>;
  /** Set once something was lost on it: a byte stream with a hole cannot go on. */
  isBroken: boolean;
  isProducer: boolean;
}
