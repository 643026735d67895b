import net from 'node:net';
import tls from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const KEEP_ALIVE_MS = 60_000;

/**
 * Opens the sockets of one Kafka client and knows how many bytes were handed to them. After a failed send that is the one
 * reliable witness of whether the request can have reached the broker: kafkajs reports the failure of its own reconnect
 * in place of what happened to the request (producer/sendMessages.js, the `catch`).
 */
export class CountedSockets {
  #closedBytes = 0;
  readonly #open = new Set<net.Socket>();

  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    const socket = ssl
      ? tls.connect({ host, port, ...(net.isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
      : net.connect({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    this.#open.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#closedBytes += socket.bytesWritten;
    });
    return socket;
  };

  /** Bytes handed to any socket so far. Only differences mean something. */
  get bytesWritten(): number {
    let bytes = this.#closedBytes;
    for (const socket of this.#open) bytes += socket.bytesWritten;
    return bytes;
  }
}
