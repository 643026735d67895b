import { databaseEnvironment, readEnvironment } from '@orderstream/service';
import { migrate } from '@orderstream/transactional';
import Type from 'typebox';
import { migrations } from '#migrations';

/** Brings the database up to date and ends: 0 done, 1 failed. */
try {
  const { DATABASE_URL } = readEnvironment(Type.Object(databaseEnvironment('analytics')));
  await migrate({
    url: DATABASE_URL,
    schema: 'analytics',
    migrations,
    progress: (line) => console.log(line),
  });
} catch (error) {
  console.error(`analytics: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
