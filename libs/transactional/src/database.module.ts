import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { EFFECT_STORE } from '@orderstream/events';
import type { ConnectionOptions } from './database/connection-config.ts';
import { DatabaseReadiness } from './database/database-readiness.ts';
import { Database } from './database/database.ts';
import { InboxPurge } from './effects/inbox-purge.ts';
import { PostgresEffects } from './effects/postgres-effects.ts';
import type { MigrationClass } from './migrations/index.ts';
import { nestLog } from './nest-log.ts';
import { OutboxBell } from './outbox/outbox-bell.ts';
import { Outbox } from './outbox/outbox.ts';
import { OutboxModule } from './outbox.module.ts';

export interface DatabaseModuleOptions extends ConnectionOptions {
  /** Connections kept at most. Default 10. */
  readonly poolSize?: number | undefined;
  /** Transactions under way at a time, for each consumer group: each takes a connection. Default 3. */
  readonly concurrency?: number | undefined;
  /** What this code needs to be applied before it is ready. It does not apply them: `migrate` does. */
  readonly migrations: readonly MigrationClass[];
  /** How long the ids of handled events are remembered for `dedupe: 'event-id'`. Default 100: beyond the retention of any topic. */
  readonly inboxRetentionDays?: number | undefined;
}

const INBOX_RETENTION_DAYS = 100;

/**
 * Gives a service its Database, an EFFECT_STORE for its consumers, the Outbox and the relay that empties it. Needs the EventProducer
 * of EventsModule. A database that is away or not migrated keeps the service not ready; it never keeps it from starting.
 */
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  readonly #database: Database;
  readonly #inboxPurge: InboxPurge;

  constructor(@Inject(Database) database: Database, @Inject(InboxPurge) inboxPurge: InboxPurge) {
    this.#database = database;
    this.#inboxPurge = inboxPurge;
  }

  static register(options: DatabaseModuleOptions): DynamicModule {
    const log = nestLog('database');
    const { service, migrations, inboxRetentionDays = INBOX_RETENTION_DAYS } = options;
    return {
      module: DatabaseModule,
      global: true,
      imports: [OutboxModule],
      providers: [
        { provide: Database, useFactory: () => new Database({ ...options, log }) },
        {
          provide: DatabaseReadiness,
          inject: [Database],
          useFactory: (database: Database) => new DatabaseReadiness(database, migrations, log),
        },
        {
          provide: OutboxBell,
          inject: [Database],
          useFactory: (database: Database) => new OutboxBell(database),
        },
        {
          provide: Outbox,
          inject: [OutboxBell],
          useFactory: (bell: OutboxBell) => new Outbox(service, bell),
        },
        {
          provide: EFFECT_STORE,
          inject: [Database, Outbox],
          useFactory: (database: Database, outbox: Outbox) =>
            new PostgresEffects(database, outbox, options.concurrency),
        },
        {
          provide: InboxPurge,
          inject: [Database],
          useFactory: (database: Database) => new InboxPurge(database, inboxRetentionDays, log),
        },
      ],
      exports: [Database, Outbox, OutboxBell, EFFECT_STORE],
    };
  }

  /** The last phase of Nest's shutdown: consumers have drained, and the relay has stopped before this global module's turn. */
  async onApplicationShutdown(): Promise<void> {
    this.#inboxPurge.stop();
    await this.#database.close();
  }
}
