import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** `body` is asked about while only a part of the message is there. */
export type Step = 'greeting' | 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'body' | 'message';

/** What the server does instead of agreeing: an answer such as `451 4.3.0 later`, a broken connection, or silence. */
export type Misdeed = { readonly say: string } | 'drop' | 'hang';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly messageId: string;
}

export interface Moment {
  readonly step: Step;
  /** The mail as far as it is known: recipient from RCPT on, text at `message`. */
  readonly to: string | undefined;
  readonly raw: string | undefined;
}

/** Undefined: behave. */
export type Script = (moment: Moment) => Misdeed | undefined;

/**
 * An SMTP server that breaks off, keeps silent or refuses wherever a test says. It keeps every mail whose end it has read, also when it
 * then breaks off without an answer, as a gateway would that delivers and dies. Real TCP; commands one by one or pipelined.
 */
export class ScriptedSmtpServer {
  /** In the order they were kept. */
  readonly mails: ReceivedMail[] = [];
  script: Script = () => undefined;
  /** Advertise PIPELINING. */
  pipelining = true;
  /** Wait so long before each answer to a message. */
  answerDelayMs = 0;
  connectionCount = 0;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `smtp://127.0.0.1:${this.#port}`;
  }

  /** Listens; after a `stop()` on the same port as before. */
  async start(): Promise<this> {
    this.#server = createServer({ noDelay: true }, (socket) => this.#converse(socket));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Refuses connections from now on and breaks those there are. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #converse(socket: Socket): void {
    this.connectionCount += 1;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    new Conversation(this, socket).begin();
  }
}

class Conversation {
  readonly #server: ScriptedSmtpServer;
  readonly #socket: Socket;
  #input = '';
  #isReadingMessage = false;
  #isSilent = false;
  #from = '';
  #to: string[] = [];

  constructor(server: ScriptedSmtpServer, socket: Socket) {
    this.#server = server;
    this.#socket = socket;
  }

  begin(): void {
    this.#socket.setEncoding('latin1').on('data', (chunk: string) => {
      this.#input += chunk;
      this.#read();
    });
    this.#answer('greeting', '220 scripted ESMTP');
  }

  #read(): void {
    while (!this.#isSilent && !this.#socket.destroyed) {
      const end = this.#isReadingMessage ? '\r\n.\r\n' : '\r\n';
      const at = this.#input.indexOf(end);
      if (at < 0) return this.#isReadingMessage ? this.#listen() : undefined;
      const text = this.#input.slice(0, at);
      this.#input = this.#input.slice(at + end.length);
      if (this.#isReadingMessage) this.#take(text);
      else this.#obey(text);
    }
  }

  #listen(): void {
    const misdeed = this.#server.script({ step: 'body', to: this.#to[0], raw: undefined });
    if (misdeed !== undefined) this.#misbehave(misdeed);
  }

  #obey(line: string): void {
    const address = /<(.*?)>/.exec(line)?.[1] ?? '';
    switch (line.slice(0, 4).toUpperCase()) {
      case 'EHLO':
        this.#answer(
          'EHLO',
          `250-scripted${this.#server.pipelining ? '\r\n250-PIPELINING' : ''}\r\n250 SMTPUTF8`,
        );
        return;
      case 'MAIL':
        this.#from = address;
        this.#to = [];
        this.#answer('MAIL', '250 2.1.0 ok');
        return;
      case 'RCPT':
        if (this.#answer('RCPT', '250 2.1.5 ok', address)) this.#to.push(address);
        return;
      case 'DATA':
        if (this.#to.length === 0) return this.#say('554 5.5.1 no valid recipients');
        this.#isReadingMessage = this.#answer('DATA', '354 go ahead');
        return;
      case 'RSET':
        return this.#say('250 2.0.0 ok');
      case 'QUIT':
        this.#socket.end('221 2.0.0 bye\r\n');
        return;
      default:
        return this.#say('502 5.5.1 unknown');
    }
  }

  #take(text: string): void {
    this.#isReadingMessage = false;
    const raw = text.replaceAll('\r\n..', '\r\n.');
    const misdeed = this.#server.script({ step: 'message', to: this.#to[0], raw });
    const isRefused =
      typeof misdeed === 'object' && /^[45]/.test(misdeed.say) && !misdeed.say.startsWith('421');
    if (!isRefused) {
      const messageId = /^message-id:\s*(\S+)/im.exec(raw)?.[1] ?? '';
      this.#server.mails.push({ from: this.#from, to: this.#to, raw, messageId });
    }
    if (misdeed !== undefined) return this.#misbehave(misdeed);
    setTimeout(() => this.#say('250 2.0.0 kept'), this.#server.answerDelayMs);
  }

  /** Returns whether the server agreed. */
  #answer(step: Step, agreement: string, to: string | undefined = this.#to[0]): boolean {
    const misdeed = this.#server.script({ step, to, raw: undefined });
    if (misdeed === undefined) this.#say(agreement);
    else this.#misbehave(misdeed);
    return misdeed === undefined;
  }

  #misbehave(misdeed: Misdeed): void {
    if (misdeed === 'drop') this.#socket.destroy();
    else if (misdeed === 'hang') {
      this.#isSilent = true;
      this.#socket.pause();
    } else {
      this.#say(misdeed.say);
      if (misdeed.say.startsWith('421')) this.#socket.end();
    }
  }

  #say(line: string): void {
    if (!this.#socket.destroyed) this.#socket.write(`${line}\r\n`);
  }
}
