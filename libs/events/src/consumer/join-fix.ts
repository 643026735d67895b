import { createRequire } from 'node:module';

/** What we use of kafkajs's membership (kafkajs/src/consumer/consumerGroup.js). */
interface Membership {
  memberId: string | null;
  generationId: number | null;
  /** Unix ms of the last heartbeat. */
  lastRequest: number;
  joinAndSync: (this: Membership) => Promise<void>;
}

const require = createRequire(import.meta.url);
const { version } = require('kafkajs/package.json') as { version: string };
const PATCHED_VERSION = '2.2.4';
/** What no coordinator has given to anybody. */
const NO_MEMBER = 'none';
const NO_GENERATION = -1;
let isPatched = false;

/**
 * After a join that failed, kafkajs 2.2.4 goes on reading the partitions from before. Where the coordinator had forgotten the member, it
 * has no id then, sends no heartbeats, and never learns that it is in no group. Where only the partitions it was given got lost on the
 * way, its heartbeats go well: nobody reads those, and its commits are refused, for ever. So that the next heartbeat is refused and it
 * joins again, nothing of a join that failed is kept. A newer version is left as it is: look whether it still needs this.
 */
export function forgetHalfJoins(): void {
  if (isPatched || version !== PATCHED_VERSION) return;
  isPatched = true;
  const { prototype } = require('kafkajs/src/consumer/consumerGroup') as { prototype: Membership };
  const joinAndSync = prototype.joinAndSync;
  prototype.joinAndSync = async function joinOrForget(this: Membership): Promise<void> {
    try {
      await joinAndSync.call(this);
    } catch (error) {
      // An id is kept: the group is left with it.
      this.memberId ??= NO_MEMBER;
      this.generationId = NO_GENERATION;
      this.lastRequest = 0;
      throw error;
    }
  };
}
