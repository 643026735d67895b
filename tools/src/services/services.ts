import { join } from 'node:path';
import { HOST, workspaceRoot, type DatabaseName, type Platform } from '../platform/index.ts';

export interface ServiceDefinition {
  readonly name: 'order-api' | 'worker' | 'analytics' | 'notifier';
  readonly database: DatabaseName;
  readonly port: number;
}

/** The services, on their local ports (design: contracts). */
export const SERVICES: readonly ServiceDefinition[] = [
  { name: 'order-api', database: 'order_api', port: 3000 },
  { name: 'analytics', database: 'analytics', port: 3001 },
  { name: 'worker', database: 'worker', port: 3002 },
  { name: 'notifier', database: 'notifier', port: 3003 },
];

/**
 * How a service's Node is started, here and in the containers: over a backlog a service stays below 250 MB instead of 300 and more
 * (docs/performance.md). Left alone, V8 keeps 130 MB of young objects where the machine has the memory, and lets the old ones quadruple
 * before it looks at them.
 */
export const SERVICE_NODE_FLAGS = [
  '--enable-source-maps',
  '--max-semi-space-size=16',
  '--heap-growing-percent=100',
] as const;

/** glibc's share of it: buffers of 32 KiB and more go back to the system when they are freed, and threads keep no heaps of their own. */
export const SERVICE_MALLOC = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '32768',
  MALLOC_TRIM_THRESHOLD_: '65536',
} as const;

/** A built file of a service: `main.js`, `migrate.js`. */
export function builtFile(service: ServiceDefinition, file: string): string {
  return join(workspaceRoot, 'apps', service.name, 'dist', file);
}

export function serviceUrl({ port }: ServiceDefinition): string {
  return `http://${HOST}:${port}`;
}

/** What the environment of a service must say when it runs on `platform`; everything else it inherits. */
export function serviceEnvironment(
  service: ServiceDefinition,
  platform: Pick<Platform, 'kafkaBrokers' | 'databaseUrl'>,
  extra: NodeJS.ProcessEnv = {},
): NodeJS.ProcessEnv {
  return {
    ...SERVICE_MALLOC,
    ...process.env,
    ...extra,
    NODE_ENV: 'production',
    PORT: String(service.port),
    HOST,
    KAFKA_BROKERS: platform.kafkaBrokers,
    DATABASE_URL: platform.databaseUrl(service.database),
  };
}
