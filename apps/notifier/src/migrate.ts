import { databaseEnvironment, databaseSettings, readEnvironment } from '@orderstream/service';
import { migrate } from '@orderstream/transactional';
import Type from 'typebox';
import { migrations } from '#migrations';

/** Brings the notifier's database up to date and ends: run once before a new version starts. Needs DATABASE_URL alone. */
const { url } = databaseSettings(readEnvironment(Type.Object(databaseEnvironment('notifier')), process.env));
await migrate({ url, schema: 'notifier', migrations, progress: (line) => console.log(line) });
