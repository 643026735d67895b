import type { MigrationClass } from '@orderstream/transactional';

/** The service's own migrations, in the order they run. */
export const migrations: readonly MigrationClass[] = [];
