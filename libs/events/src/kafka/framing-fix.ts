import { createRequire } from 'node:module';

/** What we use of kafkajs's connection (kafkajs/src/network/connection.js). */
interface Connection {
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  isConnected(): boolean;
  connect: (this: Connection) => Promise<unknown>;
}

const require = createRequire(import.meta.url);
const { version } = require('kafkajs/package.json') as { version: string };
const PATCHED_VERSION = '2.2.4';
/** Of the length in front of each answer. */
const LENGTH_BYTES = 4;
let isPatched = false;

/**
 * kafkajs 2.2.4 keeps the half of an answer that a broken connection has left, and takes what the next one brings for its other half: nothing
 * is understood from there on, until somebody gives the client up. A newer version is left as it is: look whether it still needs this.
 */
export function forgetHalfAnswers(): void {
  if (isPatched || version !== PATCHED_VERSION) return;
  isPatched = true;
  const { prototype } = require('kafkajs/src/network/connection') as { prototype: Connection };
  const connect = prototype.connect;
  prototype.connect = function connectAfresh(this: Connection): Promise<unknown> {
    if (!this.isConnected()) {
      this.chunks = [];
      this.bytesBuffered = 0;
      this.bytesNeeded = LENGTH_BYTES;
    }
    return connect.call(this);
  };
}
