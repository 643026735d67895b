import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface LineOptions {
  /** Sees what each side sends and says what becomes of it: passed on, lost without a trace, or the end of the connection. */
  readonly fate?: (from: 'client' | 'server', data: Buffer) => 'passes' | 'lost' | 'cut';
}

/** A network between a service and PostgreSQL that a test can break: connections through it are cut, new ones refused. */
export class Line {
  readonly #target: URL;
  readonly #options: LineOptions;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(target: string, options: LineOptions = {}) {
    this.#target = new URL(target);
    this.#options = options;
  }

  /** The database's URL, through this line. Known once the line was up for the first time. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String(this.#port);
    return url.href;
  }

  async up(): Promise<void> {
    const server = createServer((client) => this.#join(client));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async down(): Promise<void> {
    const server = this.#server;
    const closed = new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(client: Socket): void {
    const upstream = connect(Number(this.#target.port), this.#target.hostname);
    const { fate = () => 'passes' } = this.#options;
    const cut = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const [from, one, other] of [
      ['client', client, upstream] as const,
      ['server', upstream, client] as const,
    ]) {
      this.#sockets.add(one);
      one.on('data', (data) => {
        const decided = fate(from, data);
        if (decided === 'passes') other.write(data);
        if (decided === 'cut') cut();
      });
      one.on('error', cut);
      one.on('close', () => {
        this.#sockets.delete(one);
        cut();
      });
    }
  }
}
