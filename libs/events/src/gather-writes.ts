import type { Writable } from 'node:stream';

/**
 * Hands all that is written to the stream in one turn of the event loop to the system at once. Each write of its own would wake the
 * peer, which on a busy machine takes the core away at once: six requests to six partitions, or the statements of a transaction, then cost
 * as many changes between processes.
 */
export function gatherWrites<Stream extends Writable>(stream: Stream): Stream {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  let isGathering = false;
  stream.write = (...args: unknown[]): boolean => {
    if (!isGathering) {
      isGathering = true;
      stream.cork();
      process.nextTick(() => {
        isGathering = false;
        stream.uncork();
      });
    }
    return write(...args);
  };
  return stream;
}
