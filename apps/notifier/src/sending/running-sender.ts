import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { READINESS, type ReadinessReport, type ReportsReadiness } from '@orderstream/service';
import type { NotificationLedger } from '../ledger/notification-ledger.ts';
import type { QueueBell } from '../ledger/queue-bell.ts';
import { Sender, type SenderOptions } from './sender.ts';

export interface RunningSenderOptions extends Omit<SenderOptions, 'owner'> {
  /** Called when nothing is under way any more. */
  readonly close: () => void;
}

/**
 * Sends a channel's messages for as long as the service runs, and goes on when it stops until nothing is under way.
 *
 * Shows at `/health/ready` how the gateway is doing, and is always ready: while it is away events are consumed and kept, which is this
 * service's promise, and an orchestrator that restarted it or took it out would mend nothing.
 */
@Injectable()
export class RunningSender
  implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown, ReportsReadiness
{
  readonly #options: RunningSenderOptions;
  readonly #sender: Sender;
  readonly #bell: QueueBell;

  constructor(options: RunningSenderOptions, ledger: NotificationLedger, bell: QueueBell) {
    this.#options = options;
    this.#bell = bell;
    const owner = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`;
    this.#sender = new Sender({ ...options, owner }, ledger);
  }

  onApplicationBootstrap(): void {
    this.#bell.onRing(() => this.#sender.wake());
    this.#sender.start();
  }

  onModuleDestroy(): void {
    this.#sender.beginStop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#sender.stop();
    this.#options.close();
  }

  [READINESS](): ReadinessReport {
    return { name: `${this.#options.channel} gateway`, ready: true, detail: this.#sender.describe() };
  }
}
