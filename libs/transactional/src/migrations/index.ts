import type { MigrationInterface } from 'typeorm';
import { AddTopicId1750000000005 } from './add-topic-id.ts';
import { CreateConsumerPositions1750000000001 } from './create-consumer-positions.ts';
import { CreateDeadLetters1750000000004 } from './create-dead-letters.ts';
import { CreateInbox1750000000003 } from './create-inbox.ts';
import { CreateOutbox1750000000002 } from './create-outbox.ts';

/** A TypeORM migration class. Its name ends in the Unix time in ms at which it was written; that is the order they run in. */
export type MigrationClass = new () => MigrationInterface;

/** The library's own tables: positions, outbox, inbox, open dead letters. They run before a service's own migrations. */
export const transactionalMigrations: readonly MigrationClass[] = [
  CreateConsumerPositions1750000000001,
  CreateOutbox1750000000002,
  CreateInbox1750000000003,
  CreateDeadLetters1750000000004,
  AddTopicId1750000000005,
];

/** The name under which a migration is remembered in the table `migrations`. */
export function migrationName(migration: MigrationClass): string {
  return new migration().name ?? migration.name;
}
