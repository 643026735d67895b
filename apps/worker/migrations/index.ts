import type { MigrationClass } from '@orderstream/transactional';
import { CreateOrders1750000100001 } from './1750000100001-create-orders.ts';

/** The worker's own migrations, in the order they run. */
export const migrations: readonly MigrationClass[] = [CreateOrders1750000100001];
