import type { MigrationClass } from '@orderstream/transactional';
import { CreateOrderFacts1750000300001 } from './1750000300001-create-order-facts.ts';
import { CreateRevenuePerMinute1750000300002 } from './1750000300002-create-revenue-per-minute.ts';

/** The service's own migrations, in the order they run. */
export const migrations: readonly MigrationClass[] = [
  CreateOrderFacts1750000300001,
  CreateRevenuePerMinute1750000300002,
];
