import type { MigrationClass } from '@orderstream/transactional';
import { CreateOrders1750000100001 } from './1750000100001-create-orders.ts';
import { CreatePayments1750000100002 } from './1750000100002-create-payments.ts';
import { CreateCancellations1750000100003 } from './1750000100003-create-cancellations.ts';

/** The worker's own migrations, in the order they run. */
export const migrations: readonly MigrationClass[] = [
  CreateOrders1750000100001,
  CreatePayments1750000100002,
  CreateCancellations1750000100003,
];
