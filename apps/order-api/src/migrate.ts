import { databaseEnvironment, databaseSettings, readEnvironment } from '@orderstream/service';
import { migrate } from '@orderstream/transactional';
import Type from 'typebox';
import { migrations } from '#migrations';

/** Brings order-api's database up to date and ends: run once before a new version starts. Needs DATABASE_URL alone. */
const { url } = databaseSettings(readEnvironment(Type.Object(databaseEnvironment('order_api')), process.env));
await migrate({ url, schema: 'order_api', migrations, progress: (line) => console.log(line) });
