import { migrateService } from '@orderstream/service/migrate';
import { migrations } from '#migrations';

/** Brings order-api's database up to date and ends: run once before a new version starts. Needs DATABASE_URL alone. */
await migrateService({ name: 'order-api', schema: 'order_api', migrations });
