import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Dropped, RebuildOutput, RebuildReport } from '@orderstream/transactional/rebuild';
import { OperationRefused } from '../log/operation-refused.ts';
import { builtFile, SERVICE_NODE_FLAGS, type ServiceDefinition } from '../services/services.ts';
import type { StopRequest } from '../stop-request.ts';

/** What the service's own program is asked for. */
export interface RebuildWish {
  readonly dry_run?: boolean;
  readonly drop_old?: boolean;
  readonly leave_out?: readonly string[];
  readonly lock_seconds: number;
}

export interface RebuildProcessOptions {
  readonly service: ServiceDefinition;
  readonly env: NodeJS.ProcessEnv;
  readonly stop: StopRequest;
  readonly onProgress: (line: string) => void;
}

/**
 * Runs a service's program `rebuild.js` to its end. It is the service's own code that handles the records, so it is the service's own
 * process; it stops when this one is gone.
 * @throws OperationRefused with what the program says, when it did not do what was asked for
 */
export async function runRebuildProcess(
  wish: RebuildWish,
  { service, env, stop, onProgress }: RebuildProcessOptions,
): Promise<RebuildReport | Dropped> {
  const file = builtFile(service, 'rebuild.js');
  if (!existsSync(file)) throw new OperationRefused(`${service.name} is not built: \`npm run build\` first.`);
  const child = spawn(process.execPath, [...SERVICE_NODE_FLAGS, file, JSON.stringify(wish)], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  void stop.requested.then(() => child.kill('SIGINT'));
  let result: RebuildOutput | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const output = JSON.parse(line) as RebuildOutput;
    if (output.kind === 'progress') onProgress(output.line);
    else result = output;
  }
  const code = await ended;
  if (code === 0 && result?.kind === 'done') return result.report;
  if (code === 0 && result?.kind === 'dropped') return result;
  throw new OperationRefused(
    result?.kind === 'failed'
      ? result.message
      : `The rebuild of ${service.name} ended (exit code ${code ?? 'none'}) without a word. Unless it was just exchanging, nothing was changed: the same command starts anew.`,
  );
}
