import { migrateService } from '@orderstream/service/migrate';
import { migrations } from '#migrations';

/** Brings the notifier's database up to date and ends: run once before a new version starts. Needs DATABASE_URL alone. */
await migrateService({ name: 'notifier', schema: 'notifier', migrations });
