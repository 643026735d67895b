import type { MigrationClass } from '@orderstream/transactional';
import { CreateOrderFacts1750000300001 } from './1750000300001-create-order-facts.ts';
import { CreateRevenuePerMinute1750000300002 } from './1750000300002-create-revenue-per-minute.ts';
import { CreatePaymentsAndUsers1750000300003 } from './1750000300003-create-payments-and-users.ts';
import { CreateWebEvents1750000300004 } from './1750000300004-create-web-events.ts';
import { CreateProductSales1750000300005 } from './1750000300005-create-product-sales.ts';
import { CreateLagVerdicts1750000300020 } from './1750000300020-create-lag-verdicts.ts';
import { CreateFraud1750000300030 } from './1750000300030-create-fraud.ts';

/** The service's own migrations, in the order they run. */
export const migrations: readonly MigrationClass[] = [
  CreateOrderFacts1750000300001,
  CreateRevenuePerMinute1750000300002,
  CreatePaymentsAndUsers1750000300003,
  CreateWebEvents1750000300004,
  CreateProductSales1750000300005,
  CreateLagVerdicts1750000300020,
  CreateFraud1750000300030,
];
