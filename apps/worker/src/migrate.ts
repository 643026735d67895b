import { databaseEnvironment, databaseSettings, readEnvironment } from '@orderstream/service';
import { migrate } from '@orderstream/transactional';
import Type from 'typebox';
import { migrations } from '#migrations';

/** Brings the worker's database up to date and ends: run once before a new version starts. Needs DATABASE_URL alone. */
const { url } = databaseSettings(readEnvironment(Type.Object(databaseEnvironment('worker')), process.env));
await migrate({ url, schema: 'worker', migrations, progress: (line) => console.log(line) });
