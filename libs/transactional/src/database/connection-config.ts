import { Socket } from 'node:net';
import { gatherWrites } from '@orderstream/events';
import type { ClientConfig } from 'pg';
import { schemaName, serverSettings, TCP_SETTINGS } from './server-settings.ts';

export interface ConnectionOptions {
  /** The service's name: shown in pg_stat_activity as application_name. */
  readonly service: string;
  /** The service's own schema; first in search_path, before `public`. */
  readonly schema: string;
  /** postgres://user:password@host:port/database */
  readonly url: string;
  /** The server gives a statement up after so long. Default 30,000. */
  readonly statementTimeoutMs?: number | undefined;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** A batch waits this long for rows that another transaction holds, then the engine tries again. */
const LOCK_TIMEOUT_MS = 10_000;
/** A process that was frozen in mid-transaction holds its locks for this long, then loses them to its successor. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
/** Beyond the server's own limit: only a peer that vanished without a word runs into this one. */
const ANSWER_GRACE_MS = 5_000;

/** How every connection of a service is opened. @throws TypeError when `schema` is no plain lower-case name */
export function connectionConfig(options: ConnectionOptions): ClientConfig {
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000;
  return {
    connectionString: options.url,
    application_name: options.service,
    options: serverSettings({
      search_path: `${schemaName(options.schema)},public`,
      ...TCP_SETTINGS,
    }),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    // Statements leave at once, not one by one after each answer: BEGIN travels with the first, the last with COMMIT.
    pipeline: true,
    stream: () => gatherWrites(new Socket()),
  };
}
