import { parsePosition, type KafkaSettings } from '@orderstream/events';
import { TransientError } from '@orderstream/events';
import { Database } from '../database/database.ts';
import { rootMessage } from '../database/query-error.ts';
import type { Projection } from './projection.ts';
import { RebuildRefused } from './rebuild-refused.ts';
import { Rebuild, type RebuildReport } from './rebuild.ts';
import { requireAlone } from './require-alone.ts';
import { dropAbandoned, dropKept } from './shadow-schema.ts';

/** What a rebuild says, one JSON document per line of stdout. */
export type RebuildOutput =
  | { readonly kind: 'progress'; readonly line: string }
  | { readonly kind: 'done'; readonly report: RebuildReport }
  | ({ readonly kind: 'dropped' } & Dropped)
  | { readonly kind: 'failed'; readonly message: string };

/** What `drop_old` has found and dropped. */
export interface Dropped {
  /** The rows that the last rebuild replaced. */
  readonly was_there: boolean;
  /** The draft of one that was killed. */
  readonly was_abandoned: boolean;
}

interface Wish {
  readonly dry_run?: boolean;
  readonly drop_old?: boolean;
  readonly leave_out?: readonly string[];
  readonly lock_seconds: number;
}

/**
 * A service's program `rebuild.js`: does what its first argument asks for (JSON), and ends with 0 or 1. It stops, and leaves everything
 * as it was, on SIGTERM and SIGINT and when whoever started it is gone, which closes stdin.
 */
export async function runRebuild(
  projection: Projection,
  settings: { readonly kafka: KafkaSettings; readonly databaseUrl: string },
  env: { readonly argument: string | undefined },
): Promise<void> {
  const stop = new AbortController();
  const onStop = (): void => stop.abort(new RebuildRefused('Stopped: nothing was changed.'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onStop);
  const { stdin } = process;
  stdin.once('end', onStop).once('error', onStop).resume();
  // Whoever was told is gone. Without a listener that would end the process before it has cleared away what is half done.
  process.stdout.on('error', onStop);
  // A file, as /dev/null, has none to take away.
  (stdin as Partial<typeof stdin>).unref?.();
  try {
    const wish = JSON.parse(env.argument ?? '{"lock_seconds":20}') as Wish;
    if (wish.drop_old) return say({ kind: 'dropped', ...(await drop(projection, settings.databaseUrl)) });
    const rebuild = new Rebuild({
      projection,
      ...settings,
      isDryRun: wish.dry_run ?? false,
      leaveOut: (wish.leave_out ?? []).flatMap((text) => parsePosition(text) ?? []),
      lockSeconds: wish.lock_seconds,
      signal: stop.signal,
      progress: (line) => say({ kind: 'progress', line }),
    });
    say({ kind: 'done', report: await rebuild.run() });
  } catch (error) {
    say({ kind: 'failed', message: messageOf(error, stop.signal) });
    process.exitCode = 1;
  } finally {
    stdin.destroy();
  }
}

async function drop(projection: Projection, url: string): Promise<Dropped> {
  const database = new Database({ service: `${projection.service} rebuild`, schema: projection.live, url });
  const { connection, end } = await database.openSession();
  try {
    await requireAlone(connection, projection);
    return {
      was_there: await dropKept(connection, projection),
      was_abandoned: await dropAbandoned(connection, projection),
    };
  } finally {
    await end();
    await database.close();
  }
}

function say(output: RebuildOutput): void {
  process.stdout.write(`${JSON.stringify(output)}\n`);
}

/** A sentence for what may happen; everything for what should not. */
function messageOf(error: unknown, signal: AbortSignal): string {
  // A stop that came during the COMMIT does not know more than the COMMIT does.
  const cause: unknown = signal.aborted && !(error instanceof RebuildRefused) ? signal.reason : error;
  if (cause instanceof RebuildRefused) return cause.message;
  if (cause instanceof TransientError) {
    return `The database cannot be used: ${rootMessage(cause)}. Nothing was changed.`;
  }
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
