import type { Platform } from '../platform/index.ts';
import { runToEnd } from '../platform/run-to-end.ts';
import { builtFile, serviceEnvironment, SERVICES } from './services.ts';

/** A service's migrations did not run; `output` is what they said. */
export class MigrationFailed extends Error {
  readonly output: string;

  constructor(service: string, output: string, options?: ErrorOptions) {
    super(`the migrations of ${service} failed`, options);
    this.name = 'MigrationFailed';
    this.output = output;
  }
}

/** Brings every service's database up to date, all at once, each by the service's own program; an abort ends those programs. @throws MigrationFailed */
export async function migrateServices(
  platform: Pick<Platform, 'kafkaBrokers' | 'databaseUrl'>,
  onLine: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  await Promise.all(
    SERVICES.map(async (service) => {
      const env = serviceEnvironment(service, platform);
      const { stdout, stderr } = await runToEnd(process.execPath, [builtFile(service, 'migrate.js')], {
        env,
        signal,
      }).catch((error: { stdout?: string; stderr?: string }) => {
        throw new MigrationFailed(service.name, `${error.stdout ?? ''}${error.stderr ?? ''}`, {
          cause: error,
        });
      });
      for (const line of `${stdout}${stderr}`.split('\n')) if (line.trim() !== '') onLine(line.trim());
    }),
  );
}
