import { OperationRefused } from '../log/operation-refused.ts';
import type { Platform } from '../platform/index.ts';
import { runToEnd } from '../platform/run-to-end.ts';
import { builtFile, serviceEnvironment, SERVICES } from './services.ts';

/** A service's migrations did not run; the message has what its program said of it. */
export class MigrationFailed extends OperationRefused {
  constructor(service: string, said: string, options?: ErrorOptions) {
    // The program names its service, too.
    super(`the migrations of ${service} failed: ${said.trim().replace(`${service}: `, '')}`, options);
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
      }).catch((error: Error & { readonly stderr?: string }) => {
        if (signal?.aborted) throw error;
        throw new MigrationFailed(service.name, error.stderr || error.message, { cause: error });
      });
      for (const line of `${stdout}${stderr}`.split('\n')) if (line.trim() !== '') onLine(line.trim());
    }),
  );
}
