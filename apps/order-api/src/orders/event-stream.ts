import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

/** A client that has left so much unread is cut off when there is news, or when it reads nothing; it may resume. A history may be longer. */
const MAX_UNREAD_BYTES = 256 * 1024;

/** One client's stream. What it has not read is handed to its socket frame by frame: of one long piece only the end would be seen. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #frames = new Readable({ read: () => undefined });
  #hasRead = true;

  constructor(response: ServerResponse) {
    this.#response = response;
    this.#frames.on('data', () => (this.#hasRead = true));
    this.#frames.pipe(response);
  }

  tell(frames: readonly string[]): void {
    if (this.#isFarBehind) return void this.#response.destroy();
    for (const frame of frames) this.#frames.push(frame);
  }

  /** Sends a comment, unless the client is far behind and has read nothing since the last one. */
  keepAlive(): void {
    if (this.#isFarBehind && !this.#hasRead) return void this.#response.destroy();
    this.#hasRead = false;
    this.#frames.push(':\n\n');
  }

  end(): void {
    this.#frames.push(null);
  }

  get #isFarBehind(): boolean {
    return this.#frames.readableLength + this.#response.writableLength > MAX_UNREAD_BYTES;
  }
}
