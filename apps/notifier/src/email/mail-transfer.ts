import { Readable } from 'node:stream';

/**
 * A mail on its way to the gateway. nodemailer reads it once the gateway has said "go ahead" to DATA, and writes the line that ends a
 * message when it has seen its end here, never otherwise.
 */
export class MailTransfer extends Readable {
  readonly #content: Buffer;
  #at = 0;

  constructor(content: Buffer) {
    super();
    this.#content = content;
  }

  /**
   * True as soon as the last line may have left this process. Until that line is out no gateway may deliver the mail: RFC 5321 §4.1.1.4.
   */
  get isHandedOver(): boolean {
    return this.readableEnded;
  }

  /** In pieces, so that the end is not reached before the connection has taken what comes before it. */
  override _read(pieceBytes: number): void {
    const piece = this.#content.subarray(this.#at, this.#at + pieceBytes);
    this.#at += piece.length;
    this.push(piece.length > 0 ? piece : null);
  }
}
