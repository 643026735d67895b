import net from 'node:net';
import tls from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { gatherWrites } from '../gather-writes.ts';

const KEEP_ALIVE_MS = 60_000;

/**
 * The sockets of one Kafka client. They are ours for two reasons.
 *
 * After a failed send the bytes handed to them are the one reliable witness of whether the request can have reached the broker: kafkajs
 * reports the failure of its own reconnect in place of what happened to the request (producer/sendMessages.js, the `catch`).
 *
 * And `destroy` is the one way to end a kafkajs client for certain: its own disconnect waits for answers without a limit, reconnects when
 * it interrupts something (a join, a retry), and never closes a connection that only looks open.
 */
export class ClientSockets {
  #bytesHanded = 0;
  readonly #open = new Set<net.Socket>();
  /** Set once the client was given up: what it still says is of no interest. */
  isDestroyed = false;

  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.isDestroyed) throw new Error('this Kafka client was given up');
    const socket = ssl
      ? tls.connect({ host, port, ...(net.isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
      : net.connect({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    this.#count(gatherWrites(socket));
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  };

  get hasOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Bytes handed to any socket so far, whatever became of them: it never falls. Only differences mean something. */
  get bytesHanded(): number {
    return this.#bytesHanded;
  }

  /** Breaks every connection and lets the client open no other: whatever it still attempts fails at once. */
  destroy(): void {
    this.isDestroyed = true;
    // With an error, since kafkajs listens for that and not for 'close'.
    for (const socket of this.#open) socket.destroy(new Error('this Kafka client was given up'));
  }

  /** A socket's own `bytesWritten` forgets, when it breaks, what it had yet to write: in a sum that would hide what others have written. */
  #count(socket: net.Socket): void {
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = (chunk: string | Uint8Array, ...more: unknown[]): boolean => {
      this.#bytesHanded += Buffer.byteLength(chunk);
      return write(chunk, ...more);
    };
  }
}
