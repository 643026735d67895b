export { DatabaseModule, type DatabaseModuleOptions } from './database.module.ts';
export {
  bigintArray,
  integerArray,
  jsonbArray,
  textArray,
  timestamptzArray,
  uuidArray,
} from './database/binary-arrays.ts';
export { Database, type DatabaseOptions } from './database/database.ts';
export type { ConnectionOptions } from './database/connection-config.ts';
export { queryError } from './database/query-error.ts';
export { sqlStateOf } from './database/sql-state.ts';
export type { Queryable, Rows, Statement, Transaction } from './database/transaction.ts';
export { PostgresEffects } from './effects/postgres-effects.ts';
export { purgeInbox } from './effects/inbox.ts';
export { migrate, type MigrateOptions } from './migrations/migrate.ts';
export { type MigrationClass, transactionalMigrations } from './migrations/index.ts';
export { pendingMigrations } from './migrations/pending-migrations.ts';
export { Outbox } from './outbox/outbox.ts';
export { OutboxBell } from './outbox/outbox-bell.ts';
export { OutboxRelay, type OutboxRelayHealth } from './outbox/outbox-relay.ts';
export { Alarm } from './outbox/alarm.ts';
