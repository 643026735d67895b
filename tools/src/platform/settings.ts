import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The databases the services own, one each (design: nobody reads another's). */
export const DATABASES = ['order_api', 'worker', 'analytics', 'notifier'] as const;
export type DatabaseName = (typeof DATABASES)[number];

export const HOST = '127.0.0.1';
export const KAFKA_PORT = 19092;
export const POSTGRES_PORT = 15432;

/** User and password of the local PostgreSQL. It listens on 127.0.0.1 only and holds nothing but local data. */
export const POSTGRES_USER = 'orderstream';

/** The checkout this code runs from: the nearest directory above with an `nx.json`. */
export const workspaceRoot: string = findWorkspaceRoot(import.meta.dirname);

/** Where everything local lives (data, logs, caches); ignored by git. */
export const orderstreamDir: string = join(workspaceRoot, '.orderstream');

function findWorkspaceRoot(from: string): string {
  for (let dir = from; ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'nx.json'))) return dir;
    if (dir === dirname(dir)) throw new Error(`no nx.json in any directory above ${from}`);
  }
}
