import type { Logger } from '@nestjs/common';
import type { Channel } from '../ledger/notification.ts';
import { gatewayAnswering } from '../metrics.ts';
import { afterAttempt, allowedAtOnce, answering, type GatewayState } from './gateway.rules.ts';
import type { Outcome, Reason } from './outcome.ts';

/** Follows how a gateway behaves: holds the sender back while it is away, and says when that begins and ends. */
export class GatewayWatch {
  readonly #channel: Channel;
  readonly #connections: number;
  readonly #log: Logger;
  #state: GatewayState = answering;
  #since = new Date();
  #isTried = false;
  #lastSentAt: Date | undefined;
  #trouble: Reason | undefined;

  constructor(channel: Channel, connections: number, log: Logger) {
    this.#channel = channel;
    this.#connections = connections;
    this.#log = log;
    gatewayAnswering.set({ channel }, 1);
  }

  observe(outcome: Outcome): void {
    const before = this.#state;
    this.#state = afterAttempt(before, outcome, performance.now());
    this.#isTried = true;
    if (outcome.kind === 'sent') this.#lastSentAt = new Date();
    else this.#trouble = outcome.reason;
    const wasAway = before.pauses > 0;
    const isAway = this.#state.pauses > 0;
    if (wasAway !== isAway) this.#changed(isAway);
  }

  allowedAtOnce(): number {
    return allowedAtOnce(this.#state, this.#connections, performance.now());
  }

  /** How long the pause still lasts, at most `otherwiseMs`; `otherwiseMs` when there is none. */
  pauseLeftMs(otherwiseMs: number): number {
    const leftMs = this.#state.pausedUntilMs - performance.now();
    return leftMs > 0 ? Math.min(leftMs, otherwiseMs) : otherwiseMs;
  }

  describe(): Record<string, unknown> {
    const isAway = this.#state.pauses > 0;
    return {
      gateway: isAway ? 'does not take messages' : this.#isTried ? 'answers' : 'not asked yet',
      since: this.#since.toISOString(),
      last_sent_at: this.#lastSentAt?.toISOString() ?? null,
      ...(isAway ? { reason: this.#trouble } : {}),
    };
  }

  #changed(isAway: boolean): void {
    this.#since = new Date();
    gatewayAnswering.set({ channel: this.#channel }, isAway ? 0 : 1);
    if (isAway) {
      this.#log.warn({
        message: 'the gateway does not take messages: they wait in the queue',
        ...this.#trouble,
      });
    } else this.#log.log('the gateway takes messages again');
  }
}
