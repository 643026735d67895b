import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Dice, TROUBLE } from './dice.ts';

/** Stands before the mailbox and lets a part of the mails fail, before and after the mailbox has kept them. */
export class FlakySmtp {
  /** After the trouble is over everything passes. */
  isCalm = false;
  readonly #upstreamPort: number;
  readonly #dice = new Dice(42);
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(upstreamPort: number) {
    this.#upstreamPort = upstreamPort;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server?.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    this.#server = createServer({ noDelay: true }, (client) => this.#relay(client));
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  falls(percent: number): boolean {
    return !this.isCalm && this.#dice.falls(percent);
  }

  #relay(client: Socket): void {
    const upstream = connect({ port: this.#upstreamPort, host: '127.0.0.1', noDelay: true });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    new Session(this, client, upstream).begin();
  }
}

class Session {
  readonly #gateway: FlakySmtp;
  readonly #client: Socket;
  readonly #upstream: Socket;
  #place: 'commands' | 'asked for data' | 'message' | 'message ended' = 'commands';
  #tail = '';
  #isSilent = false;

  constructor(gateway: FlakySmtp, client: Socket, upstream: Socket) {
    this.#gateway = gateway;
    this.#client = client;
    this.#upstream = upstream;
  }

  begin(): void {
    this.#client.on('data', (chunk: Buffer) => this.#heard(chunk));
    this.#upstream.on('data', (chunk: Buffer) => this.#answered(chunk));
  }

  /** A chunk is a command or a piece of a message. */
  #heard(chunk: Buffer): void {
    if (this.#isSilent) return;
    const text = chunk.toString('latin1');
    if (this.#place === 'message') {
      this.#tail = (this.#tail + text).slice(-5);
      if (this.#tail === '\r\n.\r\n') this.#place = 'message ended';
    } else if (/^RCPT TO/i.test(text)) {
      if (this.#gateway.falls(TROUBLE.hangsBefore)) return void (this.#isSilent = true);
      if (this.#gateway.falls(TROUBLE.fails)) return void this.#client.write('451 4.3.0 later\r\n');
    } else if (/^DATA/i.test(text)) this.#place = 'asked for data';
    this.#upstream.write(chunk);
  }

  #answered(chunk: Buffer): void {
    if (this.#isSilent) return;
    if (this.#place === 'asked for data' && /^354/.test(chunk.toString('latin1'))) {
      this.#place = 'message';
      this.#tail = '';
    } else if (this.#place === 'message ended') {
      this.#place = 'commands';
      // The mailbox has kept it by now.
      if (this.#gateway.falls(TROUBLE.dropsAfter)) return void this.#client.destroy();
      if (this.#gateway.falls(TROUBLE.hangsAfter)) return void (this.#isSilent = true);
    }
    // Without pipelining a chunk of the client's is one command.
    this.#client.write(chunk.toString('latin1').replace(/^250([ -])PIPELINING/m, '250$1HELP'), 'latin1');
  }
}
