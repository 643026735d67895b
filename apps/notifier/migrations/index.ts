import type { MigrationClass } from '@orderstream/transactional';
import { CreateNotifications1750000300001 } from './1750000300001-create-notifications.ts';
import { KnowCustomers1750000300002 } from './1750000300002-know-customers.ts';
import { FindAlerts1750000300003 } from './1750000300003-find-alerts.ts';
import { FindWhatAnOrderWaitsFor1750000300004 } from './1750000300004-find-what-an-order-waits-for.ts';
import { CountDeferrals1750000300005 } from './1750000300005-count-deferrals.ts';

/** The notifier's own migrations, in the order they run. */
export const migrations: readonly MigrationClass[] = [
  CreateNotifications1750000300001,
  KnowCustomers1750000300002,
  FindAlerts1750000300003,
  FindWhatAnOrderWaitsFor1750000300004,
  CountDeferrals1750000300005,
];
