import { Inject, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { EventProducer } from '@orderstream/events';
import { Database } from './database/database.ts';
import { nestLog } from './nest-log.ts';
import { OutboxBell } from './outbox/outbox-bell.ts';
import { OutboxRelay } from './outbox/outbox-relay.ts';

/**
 * The relay's lifetime. Not global, on purpose: Nest shuts global modules down last, so the relay publishes what the drained
 * consumers left before the producer and the database go.
 */
@Module({
  providers: [
    {
      provide: OutboxRelay,
      inject: [Database, OutboxBell, EventProducer],
      useFactory: (database: Database, bell: OutboxBell, producer: EventProducer) =>
        new OutboxRelay(database, bell, producer, nestLog('outbox')),
    },
  ],
})
export class OutboxModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #relay: OutboxRelay;

  constructor(@Inject(OutboxRelay) relay: OutboxRelay) {
    this.#relay = relay;
  }

  onApplicationBootstrap(): void {
    this.#relay.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#relay.stop();
  }
}
