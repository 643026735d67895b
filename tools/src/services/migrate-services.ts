import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Platform } from '../platform/index.ts';
import { builtFile, serviceEnvironment, SERVICES } from './services.ts';

const run = promisify(execFile);

/** A service's migrations did not run; `output` is what they said. */
export class MigrationFailed extends Error {
  readonly output: string;

  constructor(service: string, output: string, options?: ErrorOptions) {
    super(`the migrations of ${service} failed`, options);
    this.name = 'MigrationFailed';
    this.output = output;
  }
}

/** Brings every service's database up to date, all at once, each by the service's own program. @throws MigrationFailed */
export async function migrateServices(
  platform: Pick<Platform, 'kafkaBrokers' | 'databaseUrl'>,
  onLine: (line: string) => void,
): Promise<void> {
  await Promise.all(
    SERVICES.map(async (service) => {
      const env = serviceEnvironment(service, platform);
      const { stdout, stderr } = await run(process.execPath, [builtFile(service, 'migrate.js')], {
        env,
      }).catch((error: { stdout?: string; stderr?: string }) => {
        throw new MigrationFailed(service.name, `${error.stdout ?? ''}${error.stderr ?? ''}`, {
          cause: error,
        });
      });
      for (const line of `${stdout}${stderr}`.split('\n')) if (line.trim() !== '') onLine(line.trim());
    }),
  );
}
