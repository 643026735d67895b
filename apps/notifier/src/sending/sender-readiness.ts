import { READINESS, type ReadinessReport, type ReportsReadiness } from '@orderstream/service';
import type { Channel } from '../ledger/notification.ts';
import type { Sender } from './sender.ts';

/**
 * Shows at `/health/ready` how the gateway is doing. Always ready: while it is away events are consumed and kept, which is this
 * service's promise, and an orchestrator that restarted it or took it out would mend nothing.
 */
export class SenderReadiness implements ReportsReadiness {
  readonly #channel: Channel;
  readonly #sender: Sender;

  constructor(channel: Channel, sender: Sender) {
    this.#channel = channel;
    this.#sender = sender;
  }

  [READINESS](): ReadinessReport {
    return { name: `${this.#channel} gateway`, ready: true, detail: this.#sender.describe() };
  }
}
