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
 * How a service's Node is started, here and in the containers. Without the limit V8 keeps up to 130 MB of young objects where the
 * machine has the memory; with it a service stays under 160 MB at the same CPU time per order (docs/performance.md).
 */
export const SERVICE_NODE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=4'] as const;

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
    ...process.env,
    ...extra,
    NODE_ENV: 'production',
    PORT: String(service.port),
    HOST,
    KAFKA_BROKERS: platform.kafkaBrokers,
    DATABASE_URL: platform.databaseUrl(service.database),
  };
}
